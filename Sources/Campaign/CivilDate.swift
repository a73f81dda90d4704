/// A day of the proleptic Gregorian calendar. No time zone, no clock.
public struct CivilDate: Hashable, Sendable, Comparable {
  /// Days since 1970-01-01.
  public let days: Int32

  /// The years that a campaign may speak of; anything else is a slip of the pen.
  public static let years: ClosedRange<Int32> = 1900...2199

  public init(days: Int32) { self.days = days }

  /// - Returns: nil where the calendar has no such day, or the year is outside of `years` by far.
  public init?(year: Int32, month: Int32, day: Int32) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= CivilDate.dayCount(year: year, month: month)
    else { return nil }
    // Howard Hinnant's days_from_civil: years that begin in March put the leap day last.
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    days = era * 146_097 + dayOfEra - 719_468
  }

  public static func dayCount(year: Int32, month: Int32) -> Int32 {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  public var parts: (year: Int32, month: Int32, day: Int32) {
    let shifted = Int64(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (Int32(year), Int32(month), Int32(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))
  }

  public var year: Int32 { parts.year }
  public var month: Int32 { parts.month }
  public var day: Int32 { parts.day }

  public static func < (a: CivilDate, b: CivilDate) -> Bool { a.days < b.days }
}

extension CivilDate: CustomStringConvertible {
  /// `YYYY-MM-DD`.
  public var description: String {
    let (year, month, day) = parts
    guard (0...9999).contains(year) else { return "\(year)-\(month)-\(day)" }
    return String(unsafeUninitializedCapacity: 10) { out in
      let zero = UInt8(ascii: "0")
      var rest = year
      for i in stride(from: 3, through: 0, by: -1) {
        out[i] = zero + UInt8(rest % 10)
        rest /= 10
      }
      out[4] = UInt8(ascii: "-")
      out[5] = zero + UInt8(month / 10)
      out[6] = zero + UInt8(month % 10)
      out[7] = UInt8(ascii: "-")
      out[8] = zero + UInt8(day / 10)
      out[9] = zero + UInt8(day % 10)
      return 10
    }
  }

  /// Reads the form that `description` writes and no other (see `DateForm` for what people write).
  public init?(iso text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
    func number(_ range: Range<Int>) -> Int32? {
      var value: Int32 = 0
      for byte in bytes[range] {
        guard byte.isDigit else { return nil }
        value = value * 10 + Int32(byte.digitValue)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10) else { return nil }
    self.init(year: year, month: month, day: day)
  }
}
