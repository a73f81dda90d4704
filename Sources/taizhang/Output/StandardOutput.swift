import Glibc
import Store
import Synchronization

/// Standard output behind one buffer: a list of a hundred thousand records is not as many system calls. On a
/// terminal each line goes out at once.
enum StandardOutput {
  private struct State {
    var bytes: [UInt8] = []
    var failure: Int32 = 0
  }

  private static let state = Mutex(State())
  private static let isTerminal = isatty(1) == 1
  private static let limit = 1 << 16

  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in append(bytes) }
  }

  static func write(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { append($0) } }

  private static func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    state.withLock { state in
      state.bytes.append(contentsOf: bytes)
      if isTerminal || state.bytes.count >= limit { empty(&state) }
    }
  }

  /// Empties the buffer; who reads a line at a time needs it after each. A reader that has left wants no more, and
  /// nothing is wrong.
  /// - Throws: `file` where not everything could be written.
  static func flush() throws {
    let failure = state.withLock { state in
      empty(&state)
      return state.failure
    }
    guard failure == 0 || failure == EPIPE else {
      throw StoreError.file(path: "stdout", errno: failure)
    }
  }

  private static func empty(_ state: inout State) {
    state.bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count, state.failure == 0 {
        let count = Glibc.write(1, bytes.baseAddress! + written, bytes.count - written)
        if count > 0 { written += count } else if errno != EINTR { state.failure = errno }
      }
    }
    state.bytes.removeAll(keepingCapacity: true)
  }
}
