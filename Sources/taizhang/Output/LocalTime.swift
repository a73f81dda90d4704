import Glibc

/// A moment as people read it: by the clock on their wall. JSON and reports, which travel, have UTC (`Timestamp`).
enum LocalTime {
  /// To the second, in this computer's time zone: `2025-09-10 20:00:05`.
  /// - Parameter milliseconds: since 1970; what four digits of a year cannot say is shown as their end.
  static func text(_ milliseconds: Int64) -> String {
    // POSIX, localtime_r: a shift is whole seconds, so the thousandths are those of UTC.
    var seconds = time_t(Timestamp.sayable(milliseconds).flooredQuotient(1000))
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return Timestamp.text(milliseconds) }
    let shifted = Int64(seconds) * 1000 + Int64(parts.tm_gmtoff) * 1000
    return String(Timestamp.text(shifted).prefix(19)).replacing("T", with: " ")
  }

  /// To the minute: `2025-09-10 20:00`.
  static func minute(_ milliseconds: Int64) -> String { String(text(milliseconds).prefix(16)) }

  /// Of a certificate's or an invitation's end.
  /// - Parameter seconds: since 1970.
  static func seconds(_ seconds: Int64) -> String { minute(Timestamp.milliseconds(seconds)) }
}
