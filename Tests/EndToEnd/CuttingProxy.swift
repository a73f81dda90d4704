import Foundation
import Synchronization

/// A link that can be cut: passes bytes on to a server, and after so many of the dialler's bytes drops both
/// sides without a word, as a network does.
final class CuttingProxy: Sendable {
  private let listener: Int32
  private let target: UInt16
  private let most: Int
  private let left: Mutex<Int>
  private let atCut: @Sendable () -> Void
  let address: String

  /// - Parameters:
  ///   - bytes: how many of the dialler's bytes pass before the cut.
  ///   - atCut: what is done at that moment, before the cut.
  init(to address: String, cutAfter bytes: Int, atCut: @escaping @Sendable () -> Void = {}) throws {
    self.atCut = atCut
    target = UInt16(address.split(separator: ":").last.flatMap { UInt16($0) } ?? 0)
    most = bytes
    left = Mutex(bytes)
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var name = CuttingProxy.loopback(port: 0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        Foundation.bind(listener, pointer, size) == 0 && Foundation.listen(listener, 8) == 0
          && getsockname(listener, pointer, &size) == 0
      }
    }
    guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
    self.listener = listener
    self.address = "127.0.0.1:\(UInt16(bigEndian: name.sin_port))"
    let thread = Thread { [self] in accept() }
    thread.start()
  }

  /// How many of the dialler's bytes have come.
  var passed: Int { most - left.withLock { $0 } }

  func close() { Foundation.shutdown(listener, Int32(SHUT_RDWR)) }

  private static func loopback(port: UInt16) -> sockaddr_in {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return name
  }

  private func accept() {
    while true {
      let dialler = Foundation.accept(listener, nil, nil)
      guard dialler >= 0 else {
        Foundation.close(listener)
        return
      }
      let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var name = CuttingProxy.loopback(port: target)
      _ = withUnsafePointer(to: &name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      Thread { [self] in pass(from: dialler, to: server, counted: true) }.start()
      Thread { [self] in pass(from: server, to: dialler, counted: false) }.start()
    }
  }

  private func pass(from source: Int32, to target: Int32, counted: Bool) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(source, &buffer, buffer.count)
      guard count > 0 else { break }
      let isCut =
        counted
        && left.withLock { left in
          left -= count
          return left <= 0
        }
      if isCut {
        atCut()
        break
      }
      // The other side may be gone: that is told by the count, and not by a signal.
      guard send(target, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
    }
    Foundation.shutdown(source, Int32(SHUT_RDWR))
    Foundation.shutdown(target, Int32(SHUT_RDWR))
  }
}
