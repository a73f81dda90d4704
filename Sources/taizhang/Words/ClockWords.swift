import Store

/// What is said of clocks that differ. Nothing depends on them but when a certificate ends; dates that are entered do.
enum ClockWords {
  /// How far two clocks may differ before it is worth a word, in milliseconds.
  private static let tolerated: Int64 = 120_000

  /// - Returns: nil where it is not worth a word.
  static func text(_ drift: ClockDrift, to peer: String, _ w: Words) -> String? {
    guard drift.milliseconds.magnitude > tolerated.magnitude else { return nil }
    let amount = amount(of: drift, w)
    return drift.milliseconds > 0
      ? w(
        "本机时钟比“\(peer)”慢 \(amount)：请检查本机的日期和时间，若无误则请对方检查。",
        "This clock is \(amount) behind that of \(peer): check this computer's date and time, or else have theirs checked."
      )
      : w(
        "本机时钟比“\(peer)”快 \(amount)：请检查本机的日期和时间，若无误则请对方检查。",
        "This clock is \(amount) ahead of that of \(peer): check this computer's date and time, or else have theirs checked."
      )
  }

  /// How far this clock is from a peer's.
  ///
  /// - Returns: nil where that is not known.
  static func difference(_ drift: ClockDrift, _ w: Words) -> String? {
    guard drift.milliseconds.magnitude > tolerated.magnitude else {
      return drift.isLeast ? nil : w("不到 2 分钟", "less than 2 minutes")
    }
    let amount = amount(of: drift, w)
    return drift.milliseconds > 0
      ? w("本机慢 \(amount)", "this clock is \(amount) behind")
      : w("本机快 \(amount)", "this clock is \(amount) ahead")
  }

  private static func amount(of drift: ClockDrift, _ w: Words) -> String {
    (drift.isLeast ? w("至少 ", "at least ") : "") + span(drift.milliseconds.magnitude, w)
  }

  /// Of a certificate that this office was just given: the issuer's clock is behind, or this one is ahead.
  ///
  /// - Parameters:
  ///   - end: when the certificate ends, in seconds since 1970.
  ///   - now: this clock's time, likewise.
  /// - Returns: nil where it has not ended.
  static func endedAlready(_ end: Int64, at now: Int64, _ w: Words) -> String? {
    guard end < now else { return nil }
    return w(
      "按本机时钟，刚取得的证书已于 \(LocalTime.seconds(end)) 过期：请与发证单位核对两边的日期；若是发证单位的时钟慢了，校准后请重新索取邀请码换证书。",
      "By this clock the certificate that was just given ended at \(LocalTime.seconds(end)): compare dates with the issuer; if their clock is behind, have it set right and ask for a new invitation, to renew."
    )
  }

  private static func span(_ milliseconds: UInt64, _ w: Words) -> String {
    let minutes = (milliseconds + 30_000) / 60_000
    if minutes < 120 { return w("\(minutes) 分钟", Words.counted(minutes, "minute")) }
    let hours = minutes / 60
    return hours < 48 ? w("\(hours) 小时", "\(hours) hours") : w("\(hours / 24) 天", "\(hours / 24) days")
  }
}
