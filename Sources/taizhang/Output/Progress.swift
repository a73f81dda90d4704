import Foundation
import Synchronization

/// A line on the terminal that says how far long work is, how fast it goes and how long it will take. Where
/// standard error is no terminal, or with `--quiet`, nothing is shown.
final class Progress: Sendable {
  /// What is counted.
  enum Unit {
    case bytes
    case changes
    case records
    case pages
  }

  private let label: String
  private let unit: Unit
  private let words: Words
  private let isShown: Bool
  private let start = Date()
  private let lastShown = Mutex(Date.distantPast)

  /// Work that is over sooner than this is not worth a line, in seconds.
  private static let patience = 0.5
  private static let interval = 0.2

  init(_ printer: Printer, label: String, unit: Unit) {
    self.label = SafeText.line(label)
    self.unit = unit
    words = printer.words
    isShown = !printer.options.quiet && isatty(2) == 1
  }

  func show(done: Int, of total: Int) {
    guard isShown, total > 0 else { return }
    let now = Date()
    let isDue = lastShown.withLock { last in
      guard now.timeIntervalSince(start) > Progress.patience, now.timeIntervalSince(last) > Progress.interval
      else { return false }
      last = now
      return true
    }
    guard isDue else { return }
    let rate = Double(done) / now.timeIntervalSince(start)
    let left = rate > 0 ? Int(Double(max(0, total - done)) / rate) : 0
    let percent = min(100, done * 100 / total)
    let filled = percent / 5
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
    let text = words(
      "\(label) \(bar) \(percent)% 每秒 \(amount(rate)) 剩余 \(left) 秒",
      "\(label) \(bar) \(percent)% \(amount(rate))/s \(left) s left")
    StandardError.write("\r\u{1b}[K\(text)")
  }

  /// Clears the line.
  func end() {
    guard isShown, lastShown.withLock({ $0 > Date.distantPast }) else { return }
    StandardError.write("\r\u{1b}[K")
  }

  private func amount(_ rate: Double) -> String {
    let count = Int(exactly: rate.rounded()) ?? 0
    switch unit {
    case .bytes:
      return rate >= 1_048_576
        ? String(format: "%.1f MiB", rate / 1_048_576) : String(format: "%.0f KiB", rate / 1024)
    case .changes: return words("\(count) 个变更", Words.counted(count, "change"))
    case .records: return words("\(count) 条", Words.counted(count, "record"))
    case .pages: return words("\(count) 页", Words.counted(count, "page"))
    }
  }
}
