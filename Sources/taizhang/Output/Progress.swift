import Foundation

/// A line on the terminal that says how far long work is, how fast it goes and how long it will take. Where
/// standard error is no terminal, or with `--quiet`, nothing is shown.
final class Progress {
  private let label: String
  private let words: Words
  private let isShown: Bool
  private let start = Date()
  private var lastShown = Date.distantPast

  /// Work that is over sooner than this is not worth a line, in seconds.
  private static let patience = 0.5
  private static let interval = 0.2

  init(_ printer: Printer, label: String) {
    self.label = SafeText.line(label)
    words = printer.words
    isShown = !printer.options.quiet && isatty(2) == 1
  }

  func show(done: Int, of total: Int) {
    guard isShown, total > 0 else { return }
    let now = Date()
    guard now.timeIntervalSince(start) > Progress.patience,
      now.timeIntervalSince(lastShown) > Progress.interval
    else { return }
    lastShown = now
    let rate = Double(done) / now.timeIntervalSince(start)
    let left = rate > 0 ? Int(Double(total - done) / rate) : 0
    let percent = min(100, done * 100 / total)
    let filled = percent / 5
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
    let text = words(
      "\(label) \(bar) \(percent)% 每秒 \(Progress.size(rate)) 剩余 \(left) 秒",
      "\(label) \(bar) \(percent)% \(Progress.size(rate))/s \(left) s left")
    FileHandle.standardError.write(Data("\r\u{1b}[K\(text)".utf8))
  }

  /// Clears the line.
  func end() {
    guard isShown, lastShown > Date.distantPast else { return }
    FileHandle.standardError.write(Data("\r\u{1b}[K".utf8))
  }

  private static func size(_ bytes: Double) -> String {
    bytes >= 1_048_576
      ? String(format: "%.1f MiB", bytes / 1_048_576) : String(format: "%.0f KiB", bytes / 1024)
  }
}
