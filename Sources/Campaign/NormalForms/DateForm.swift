/// Days as people write them: `2025-09-03`, `2025/9/3`, `2025.9.3`, `2025年9月3日`, `二〇二五年九月三日`,
/// `20250903`, a spreadsheet's serial number; in digits of either width.
enum DateForm {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  static func days(_ text: Bytes, _ plausible: ClosedRange<Int32>) throws(FormFault) -> Int32 {
    let text = Blanks.trimmed(text)
    if let parts = threeNumbers(text) { return try day(of: parts) }
    if text.count >= 5, text.count <= 8, text.allSatisfy(\.isDigit) { return try digitsOnly(text, plausible) }
    var plain = plainDigits(text)
    if plain.elementsEqual(text) { throw FormFault(.notADate) }
    return try plain.withUnsafeMutableBufferPointer { (plain) throws(FormFault) -> Int32 in
      let plain = Bytes(plain)
      if let parts = threeNumbers(plain) { return try day(of: parts) }
      if plain.count >= 5, plain.count <= 8, plain.allSatisfy(\.isDigit) {
        return try digitsOnly(plain, plausible)
      }
      throw FormFault(.notADate)
    }
  }

  private struct Parts {
    var first: Int32, second: Int32, third: Int32
    /// How many digits each number has.
    var lengths: (Int, Int, Int)
    /// Whether the signs between them say which is the year.
    var isSpelled: Bool
  }

  /// Three numbers with the same sign between them, or with 年, 月, 日 behind them.
  private static func threeNumbers(_ text: Bytes) -> Parts? {
    var i = 0
    let (first, firstLength) = number(text, &i)
    guard firstLength > 0, firstLength <= 4, i < text.count else { return nil }
    let separator = text[i]
    let isSpelled = separator >= 0x80
    guard isSpelled ? skip(text, &i, 0xe5, 0xb9, 0xb4) : isSeparator(separator) else { return nil }
    if !isSpelled { i += 1 }
    let (second, secondLength) = number(text, &i)
    guard secondLength > 0, secondLength <= 2, i < text.count else { return nil }
    guard isSpelled ? skip(text, &i, 0xe6, 0x9c, 0x88) : text[i] == separator else { return nil }
    if !isSpelled { i += 1 }
    let (third, thirdLength) = number(text, &i)
    guard thirdLength > 0, thirdLength <= 4 else { return nil }
    if isSpelled {  // 日 or 号
      guard skip(text, &i, 0xe6, 0x97, 0xa5) || skip(text, &i, 0xe5, 0x8f, 0xb7) else { return nil }
    }
    guard i == text.count else { return nil }
    return Parts(
      first: first, second: second, third: third, lengths: (firstLength, secondLength, thirdLength),
      isSpelled: isSpelled)
  }

  private static func day(of parts: Parts) throws(FormFault) -> Int32 {
    if parts.lengths.0 == 4, parts.lengths.2 <= 2 {
      return try day(parts.first, parts.second, parts.third)
    }
    guard !parts.isSpelled else { throw FormFault(.notADate) }
    var orders: [(Int32, Int32, Int32)] = []
    let (a, b, c) = (parts.first, parts.second, parts.third)
    if parts.lengths.2 == 4, parts.lengths.0 <= 2 {
      orders = [(c, b, a), (c, a, b)]
    } else if parts.lengths.0 <= 2, parts.lengths.2 <= 2 {
      if parts.lengths.0 == 2 { orders.append((2000 + a, b, c)) }
      if parts.lengths.2 == 2 { orders += [(2000 + c, b, a), (2000 + c, a, b)] }
    }
    throw unsure(orders)
  }

  /// The year is not where it belongs: names every day that could be meant.
  private static func unsure(_ orders: [(Int32, Int32, Int32)]) -> FormFault {
    var readings: [String] = []
    for (year, month, day) in orders {
      guard let date = CivilDate(year: year, month: month, day: day) else { continue }
      if !readings.contains(date.description) { readings.append(date.description) }
    }
    switch readings.count {
    case 0: return FormFault(.notADate)
    case 1: return FormFault(.notADate, .nearest(readings[0]))
    default: return FormFault(.ambiguous, .readings(readings))
    }
  }

  private static func day(_ year: Int32, _ month: Int32, _ day: Int32) throws(FormFault) -> Int32 {
    guard CivilDate.years.contains(year) else {
      throw FormFault(
        .outOfRange,
        .range(from: "\(CivilDate.years.lowerBound)-01-01", to: "\(CivilDate.years.upperBound)-12-31"))
    }
    guard let date = CivilDate(year: year, month: month, day: day) else { throw FormFault(.noSuchDay) }
    return date.days
  }

  private static func digitsOnly(_ text: Bytes, _ plausible: ClosedRange<Int32>) throws(FormFault) -> Int32 {
    var value: Int32 = 0
    for digit in text { value = value * 10 + Int32(digit.digitValue) }
    if text.count == 8 { return try day(value / 10_000, value / 100 % 100, value % 100) }
    if text.count == 6 {
      let (a, b, c) = (value / 10_000, value / 100 % 100, value % 100)
      throw unsure([(2000 + a, b, c), (2000 + c, b, a), (2000 + c, a, b)])
    }
    // Day 1 of a spreadsheet is 1900-01-01, and it believes in a 1900-02-29.
    let days = value - 25_569
    guard text.count == 5, plausible.contains(days) else {
      throw FormFault(
        .notADate,
        .range(
          from: CivilDate(days: plausible.lowerBound).description,
          to: CivilDate(days: plausible.upperBound).description))
    }
    return days
  }

  /// Up to five digits at `i`.
  @inline(__always)
  private static func number(_ text: Bytes, _ i: inout Int) -> (value: Int32, length: Int) {
    var value: Int32 = 0
    let start = i
    while i < text.count, text[i].isDigit, i - start < 5 {
      value = value * 10 + Int32(text[i].digitValue)
      i += 1
    }
    return (value, i - start)
  }

  private static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x2d || byte == 0x2f || byte == 0x2e }

  @inline(__always)
  private static func skip(_ text: Bytes, _ i: inout Int, _ a: UInt8, _ b: UInt8, _ c: UInt8) -> Bool {
    guard i + 2 < text.count, text[i] == a, text[i + 1] == b, text[i + 2] == c else { return false }
    i += 3
    return true
  }
}

extension DateForm {
  /// The same text in ASCII digits: width folded, blanks beside 年, 月 and 日 left out, Chinese numerals
  /// before them turned into digits.
  private static func plainDigits(_ text: Bytes) -> [UInt8] {
    let folded = String(decoding: Folding.folded(text), as: UTF8.self)
    var out: [UInt8] = []
    var numerals: [Unicode.Scalar] = []
    var blanks = 0
    for scalar in folded.unicodeScalars {
      if scalar == " " {
        blanks += 1
        continue
      }
      let isUnit = scalar == "年" || scalar == "月" || scalar == "日" || scalar == "号"
      let followsUnit = out.last.map { $0 >= 0x80 } ?? false
      if blanks > 0, !isUnit, !followsUnit { out.append(0x20) }
      blanks = 0
      if numeral(scalar) != nil {
        numerals.append(scalar)
        continue
      }
      if !numerals.isEmpty {
        out += isUnit ? (digits(numerals, positional: scalar == "年") ?? utf8(numerals)) : utf8(numerals)
        numerals = []
      }
      out += utf8([scalar])
    }
    return out + utf8(numerals)
  }

  private static func utf8(_ scalars: [Unicode.Scalar]) -> [UInt8] {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return Array(String(view).utf8)
  }

  /// 0-9, or 10, 20, 30 for 十 廿 卅.
  private static func numeral(_ scalar: Unicode.Scalar) -> Int? {
    switch scalar {
    case "〇", "○", "零", "◯": 0
    case "一": 1
    case "二": 2
    case "三": 3
    case "四": 4
    case "五": 5
    case "六": 6
    case "七": 7
    case "八": 8
    case "九": 9
    case "十": 10
    case "廿": 20
    case "卅": 30
    default: nil
    }
  }

  /// The digits of a year (digit by digit) or of a month or day (up to 三十一).
  private static func digits(_ numerals: [Unicode.Scalar], positional: Bool) -> [UInt8]? {
    let values = numerals.compactMap(numeral)
    if positional {
      guard values.count == 4, values.allSatisfy({ $0 < 10 }) else { return nil }
      return values.map { UInt8(ascii: "0") + UInt8($0) }
    }
    let number: Int
    switch values.count {
    case 1 where values[0] > 0: number = values[0]
    case 2 where values[0] >= 10 && (1...9).contains(values[1]): number = values[0] + values[1]
    case 2 where (2...3).contains(values[0]) && values[1] == 10: number = values[0] * 10
    case 3 where (2...3).contains(values[0]) && values[1] == 10 && (1...9).contains(values[2]):
      number = values[0] * 10 + values[2]
    default: return nil
    }
    return Array(String(number).utf8)
  }
}
