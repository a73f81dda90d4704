/// A decimal number of up to 18 digits: `mantissa` / 10^`scale`.
struct ScaledNumber: Hashable {
  var mantissa: Int64
  var scale: Int

  static let maxDigits = 18

  /// Without zeros at the end of its decimals.
  var shortest: ScaledNumber {
    var number = self
    while number.scale > 0, number.mantissa % 10 == 0 {
      number.mantissa /= 10
      number.scale -= 1
    }
    if number.mantissa == 0 { number.scale = 0 }
    return number
  }

  /// Times 10^`power`; nil where it grows too large.
  func shifted(_ power: Int) -> ScaledNumber? {
    var number = self
    for _ in 0..<power {
      if number.scale > 0 {
        number.scale -= 1
      } else {
        let (product, overflow) = number.mantissa.multipliedReportingOverflow(by: 10)
        guard !overflow, product.magnitude < 1_000_000_000_000_000_000 else { return nil }
        number.mantissa = product
      }
    }
    return number
  }

  /// The shortest spelling, as `Value.decimal` wants it.
  var text: String {
    let number = shortest
    if number.scale == 0 { return String(number.mantissa) }
    var digits = Array(String(number.mantissa.magnitude).utf8)
    while digits.count <= number.scale { digits.insert(UInt8(ascii: "0"), at: 0) }
    digits.insert(UInt8(ascii: "."), at: digits.count - number.scale)
    if number.mantissa < 0 { digits.insert(UInt8(ascii: "-"), at: 0) }
    return String(decoding: digits, as: UTF8.self)
  }

  /// Reads a spelling that `text` makes, or any plain decimal.
  init?(_ text: String) {
    var text = text
    let read = text.withUTF8 { (bytes) -> ScaledNumber? in
      var i = 0
      guard let number = try? ScaledNumber.read(bytes, &i), i == bytes.count else { return nil }
      return number
    }
    guard let read else { return nil }
    self = read
  }

  init(mantissa: Int64, scale: Int) {
    self.mantissa = mantissa
    self.scale = scale
  }

  /// -1, 0 or 1; both numbers have few enough digits that scaling them up can only overflow where the
  /// signs of the whole parts already tell.
  static func compare(_ a: ScaledNumber, _ b: ScaledNumber) -> Int {
    let scale = max(a.scale, b.scale)
    let left = wide(a, scale)
    let right = wide(b, scale)
    return left < right ? -1 : left > right ? 1 : 0
  }

  private static func wide(_ number: ScaledNumber, _ scale: Int) -> Int128 {
    var value = Int128(number.mantissa)
    for _ in number.scale..<scale { value *= 10 }
    return value
  }
}

extension ScaledNumber {
  /// A sign, digits (in threes with commas, or without), and decimals, from `i` on.
  static func read(_ text: UnsafeBufferPointer<UInt8>, _ i: inout Int) throws(FormFault) -> ScaledNumber {
    var isNegative = false
    if i < text.count, text[i] == UInt8(ascii: "-") || text[i] == UInt8(ascii: "+") {
      isNegative = text[i] == UInt8(ascii: "-")
      i += 1
    }
    var mantissa: Int64 = 0
    var digits = 0
    var sinceComma = 0
    var hasCommas = false
    scan: while i < text.count {
      let byte = text[i]
      if byte.isDigit {
        if digits > 0 || byte != UInt8(ascii: "0") { digits += 1 }
        guard digits <= maxDigits else { throw FormFault(.tooLarge) }
        mantissa = mantissa * 10 + Int64(byte.digitValue)
        sinceComma += 1
      } else if byte == UInt8(ascii: ",") {
        // `0,500` is half of something to who writes a comma for a point: no group of thousands begins with 0.
        guard hasCommas ? sinceComma == 3 : digits == sinceComma && (1...3).contains(digits) else {
          throw FormFault(.notANumber)
        }
        hasCommas = true
        sinceComma = 0
      } else {
        break scan
      }
      i += 1
    }
    guard sinceComma > 0, !hasCommas || sinceComma == 3 else { throw FormFault(.notANumber) }
    var scale = 0
    if i < text.count, text[i] == UInt8(ascii: ".") {
      i += 1
      while i < text.count, text[i].isDigit {
        digits += 1
        guard digits <= maxDigits else { throw FormFault(.tooLarge) }
        mantissa = mantissa * 10 + Int64(text[i].digitValue)
        scale += 1
        i += 1
      }
      guard scale > 0 else { throw FormFault(.notANumber) }
    }
    return ScaledNumber(mantissa: isNegative ? -mantissa : mantissa, scale: scale)
  }
}
