import Foundation

/// Lines that are typed on a terminal. Ctrl-D ends one answer and not, as for C's streams, all that follow.
struct TerminalInput {
  private var waiting: [UInt8] = []

  /// The next line without its end; nil where Ctrl-D was typed, or the terminal is gone.
  mutating func line() -> [UInt8]? {
    while true {
      if let end = waiting.firstIndex(of: UInt8(ascii: "\n")) {
        defer { waiting.removeFirst(end + 1) }
        return Array(waiting[..<end])
      }
      var piece = [UInt8](repeating: 0, count: 8192)
      let count = read(0, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        // What was typed before Ctrl-D is an answer.
        defer { waiting = [] }
        return waiting.isEmpty ? nil : waiting
      }
      waiting += piece[..<count]
    }
  }
}
