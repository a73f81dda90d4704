/// A text cut into the pieces that people compare: a Chinese character each, a word or a number of other scripts each
/// (of Tibetan a syllable), a run of blanks each, every other sign each. Together they are the text.
public struct TextTokens: Hashable, Sendable {
  public let pieces: [Substring]

  public init(_ text: String) {
    pieces = TextTokens.cut(text) { last, next in
      last == next && (last == .word || last == .blank)
    }
  }

  /// In sentences and lines: for texts that would be too long in words.
  public init(sentencesOf text: String) {
    var pieces: [Substring] = []
    var start = text.startIndex
    for index in text.indices where TextTokens.endsSentence(text[index]) {
      let end = text.index(after: index)
      pieces.append(text[start..<end])
      start = end
    }
    if start < text.endIndex { pieces.append(text[start...]) }
    self.pieces = pieces
  }

  private enum Sort {
    case word
    case blank
    case sign
  }

  private static func cut(_ text: String, _ goesOn: (Sort, Sort) -> Bool) -> [Substring] {
    var pieces: [Substring] = []
    var start = text.startIndex
    var last: Sort?
    for index in text.indices {
      let sort = sort(of: text[index])
      if let last, !goesOn(last, sort) {
        pieces.append(text[start..<index])
        start = index
      }
      last = sort
    }
    if start < text.endIndex { pieces.append(text[start...]) }
    return pieces
  }

  private static func sort(of character: Character) -> Sort {
    if character.isNewline { return .sign }
    if character.isWhitespace { return .blank }
    guard let scalar = character.unicodeScalars.first else { return .sign }
    // Kana stand among the characters that are words of their own.
    if scalar.properties.isIdeographic || (0x3040...0x30ff).contains(scalar.value) { return .sign }
    return character.isLetter || character.isNumber ? .word : .sign
  }

  private static func endsSentence(_ character: Character) -> Bool {
    character.isNewline || "。！？；!?;།".contains(character)
  }
}

/// Pieces of several texts as numbers, equal where they are the same bytes: two ways to write one sign are two.
struct TokenNumbers {
  private var numbers: [[UInt8]: Int] = [:]

  mutating func number(_ pieces: [Substring]) -> [Int] {
    pieces.map { piece in
      let bytes = Array(piece.utf8)
      if let number = numbers[bytes] { return number }
      numbers[bytes] = numbers.count
      return numbers.count - 1
    }
  }
}
