import Foundation

/// How wide the terminal is.
enum TerminalSize {
  /// - Parameter stream: 1 for standard output, 2 for standard error.
  /// - Returns: columns, at least 20; 80 where the stream is no terminal.
  static func columns(of stream: Int32 = 2) -> Int {
    var size = winsize()
    guard ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return max(20, Int(size.ws_col))
  }
}
