/// Numbers as people write them: digits of either width, thousands separators, 千 百 万 亿 behind; and
/// amounts of money with ￥ ¥ before and 元 or 人民币 behind or around. Nothing typed is dropped: what is not
/// understood to its end is no number.
enum NumberForm {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  static func integer(_ text: Bytes) throws(FormFault) -> Int64 {
    let number = try scaled(text, isMoney: false).shortest
    guard number.scale == 0 else { throw FormFault(.notWhole) }
    return number.mantissa
  }

  static func decimal(_ text: Bytes) throws(FormFault) -> String {
    try scaled(text, isMoney: false).text
  }

  static func money(_ text: Bytes) throws(FormFault) -> String {
    let number = try scaled(text, isMoney: true).shortest
    guard number.mantissa >= 0 else { throw FormFault(.negative) }
    guard number.scale <= 2 else { throw FormFault(.tooPrecise, .limit(2)) }
    return number.text
  }

  private static func scaled(_ text: Bytes, isMoney: Bool) throws(FormFault) -> ScaledNumber {
    let text = Blanks.trimmed(text)
    var i = 0
    if let first = text.first, first.isDigit {
      let number = try ScaledNumber.read(text, &i)
      if i == text.count { return number }
    }
    let folded = Folding.folded(text)
    return try folded.withUnsafeBufferPointer { (bytes) throws(FormFault) -> ScaledNumber in
      try written(bytes, isMoney: isMoney)
    }
  }

  private static func written(_ text: Bytes, isMoney: Bool) throws(FormFault) -> ScaledNumber {
    var i = 0
    if isMoney {
      if skip(text, &i, "人民币") { skipBlanks(text, &i) }
      if skip(text, &i, "￥") || skip(text, &i, "¥") { skipBlanks(text, &i) }
    }
    let number = try ScaledNumber.read(text, &i)
    var tail = try unwrapped(Bytes(rebasing: text[i...]))
    return try tail.withUnsafeMutableBufferPointer { (tail) throws(FormFault) -> ScaledNumber in
      let tail = Bytes(tail)
      var i = 0
      skipBlanks(tail, &i)
      let power = power(tail, &i)
      skipBlanks(tail, &i)
      if isMoney {
        if skip(tail, &i, "元") || skip(tail, &i, "圆") {
          if !skip(tail, &i, "整") { _ = skip(tail, &i, "正") }
        }
        skipBlanks(tail, &i)
        _ = skip(tail, &i, "人民币")
      }
      guard i == tail.count else { throw FormFault(.notANumber) }
      guard let shifted = number.shifted(power) else { throw FormFault(.tooLarge) }
      return shifted
    }
  }

  /// `(万)元` as `万元`: the unit may stand in brackets.
  private static func unwrapped(_ tail: Bytes) throws(FormFault) -> [UInt8] {
    let tail = Blanks.trimmed(tail)
    guard tail.first == UInt8(ascii: "(") else { return Array(tail) }
    guard let close = tail.firstIndex(of: UInt8(ascii: ")")), close > 1 else { throw FormFault(.notANumber) }
    return Array(tail[1..<close]) + Array(tail[(close + 1)...])
  }

  private static func power(_ tail: Bytes, _ i: inout Int) -> Int {
    var power = 0
    if skip(tail, &i, "百") { power += 2 } else if skip(tail, &i, "千") { power += 3 }
    if skip(tail, &i, "万") { power += 4 } else if skip(tail, &i, "亿") { power += 8 }
    return power
  }

  private static func skipBlanks(_ text: Bytes, _ i: inout Int) {
    while i < text.count, let length = Blanks.length(text, at: i) { i += length }
  }

  private static func skip(_ text: Bytes, _ i: inout Int, _ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard i + count <= text.count else { return false }
    for k in 0..<count where text[i + k] != word.utf8Start[k] { return false }
    i += count
    return true
  }
}
