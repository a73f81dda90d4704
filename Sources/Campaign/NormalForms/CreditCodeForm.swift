/// The unified social credit code of an enterprise (GB 32100-2015).
///
/// Only the form and the check digit are judged: the division in it is that of whatever authority once
/// registered the enterprise, and the organisation code within has exceptions.
enum CreditCodeForm {
  private static let alphabet: StaticString = "0123456789ABCDEFGHJKLMNPQRTUWXY"
  private static let length = 18

  /// The value of each ASCII character; 255 for those that the alphabet leaves out.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 128)
    for i in 0..<31 {
      let character = alphabet.utf8Start[i]
      values[Int(character)] = UInt8(i)
      if character.isCapital { values[Int(character | 0x20)] = UInt8(i) }
    }
    return values
  }()

  static func code(_ text: UnsafeBufferPointer<UInt8>) throws(FormFault) -> String {
    if text.count == length, let isCapital = try check(text), isCapital {
      return String(decoding: text, as: UTF8.self)
    }
    let folded = Folding.folded(text)
    let isOldNumber = folded.count == 15 && folded.allSatisfy(\.isDigit)
    guard !isOldNumber else { throw FormFault(.oldRegistrationNumber) }
    return try folded.withUnsafeBufferPointer { (folded) throws(FormFault) -> String in
      guard folded.count == length else {
        let count = String(decoding: folded, as: UTF8.self).unicodeScalars.count
        guard count == length else {
          throw FormFault(.creditCodeLength, .count(count), .limit(Int64(length)))
        }
        throw strange(folded)
      }
      guard try check(folded) != nil else { throw strange(folded) }
      return String(unsafeUninitializedCapacity: length) { out in
        for i in 0..<length { out[i] = alphabet.utf8Start[Int(values[Int(folded[i])])] }
        return length
      }
    }
  }

  /// Whether the code is in capitals already; nil where it holds a character that does not belong.
  private static func check(_ text: UnsafeBufferPointer<UInt8>) throws(FormFault) -> Bool? {
    var sum = 0
    var weight = 1
    var isCapital = true
    for i in 0..<length {
      let byte = text[i]
      guard byte < 128, values[Int(byte)] != 255 else { return nil }
      if byte >= 0x60 { isCapital = false }
      if i == length - 1 { break }
      sum += Int(values[Int(byte)]) * weight
      weight = weight * 3 % 31
    }
    let right = (31 - sum % 31) % 31
    guard Int(values[Int(text[length - 1])]) == right else {
      let digit = String(UnicodeScalar(alphabet.utf8Start[right]))
      throw FormFault(.creditCodeCheckDigit, .rightDigit(digit))
    }
    return isCapital
  }

  private static func strange(_ text: UnsafeBufferPointer<UInt8>) -> FormFault {
    let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
    for (i, scalar) in scalars.enumerated() where scalar.value >= 128 || values[Int(scalar.value)] == 255 {
      let shown = scalar.value < 128 ? UnicodeScalar(shown(UInt8(scalar.value))) : scalar
      return FormFault(.creditCodeCharacter, .character(String(shown), position: i + 1))
    }
    return FormFault(.creditCodeLength, .count(scalars.count), .limit(Int64(length)))
  }

  /// Folding made letters small; a person finds the capital in the code.
  private static func shown(_ byte: UInt8) -> UInt8 { (0x61...0x7a).contains(byte) ? byte & 0xdf : byte }
}
