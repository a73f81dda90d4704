import Foundation

/// Lines that are typed on a terminal. Ctrl-D ends one answer and not, as for C's streams, all that follow.
struct TerminalInput {
  private var waiting: [UInt8] = []

  /// Whole lines that are there already, without their ends: nobody types so fast, they were pasted.
  mutating func linesAtOnce() -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var poller = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
    while waiting.contains(UInt8(ascii: "\n")) || poll(&poller, 1, TerminalInput.pastePause) > 0,
      let line = line()
    {
      lines.append(line)
    }
    return lines
  }

  /// Within a paste line follows on line without a pause, in milliseconds.
  private static let pastePause: Int32 = 30

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
