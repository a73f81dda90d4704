/// What is said of clocks that differ. Nothing depends on them, but dates that are entered do.
enum ClockWords {
  /// How far two clocks may differ before it is worth a word, in milliseconds.
  private static let tolerated: Int64 = 120_000

  /// - Parameter drift: the peer's clock less this one's, in milliseconds.
  /// - Returns: nil where it is not worth a word.
  static func text(_ drift: Int64, to peer: String, _ w: Words) -> String? {
    guard drift.magnitude > tolerated.magnitude else { return nil }
    let amount = span(drift.magnitude, w)
    return drift > 0
      ? w(
        "本机时钟比“\(peer)”慢 \(amount)：请检查本机的日期和时间，若无误则请对方检查。",
        "This clock is \(amount) behind that of \(peer): check this computer's date and time, or else have theirs checked."
      )
      : w(
        "本机时钟比“\(peer)”快 \(amount)：请检查本机的日期和时间，若无误则请对方检查。",
        "This clock is \(amount) ahead of that of \(peer): check this computer's date and time, or else have theirs checked."
      )
  }

  private static func span(_ milliseconds: UInt64, _ w: Words) -> String {
    let minutes = (milliseconds + 30_000) / 60_000
    if minutes < 120 { return w("\(minutes) 分钟", Words.counted(minutes, "minute")) }
    let hours = minutes / 60
    return hours < 48 ? w("\(hours) 小时", "\(hours) hours") : w("\(hours / 24) 天", "\(hours / 24) days")
  }
}
