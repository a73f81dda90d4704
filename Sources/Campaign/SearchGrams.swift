/// A pair of neighbouring characters in a record's text.
public struct SearchGram: Sendable {
  /// Both characters; the last one of a text is paired with nothing.
  public var pair: Int64
  /// Which of the record's texts it stands in.
  public var text: Int
  /// What a word that begins with the pair adds to the record's score, as far as this text goes.
  public var weight: Int

  public init(pair: Int64, text: Int, weight: Int) {
    self.pair = pair
    self.text = text
    self.weight = weight
  }
}

/// Pairs of neighbouring characters, by which an index finds the records a text may stand in. Two-character
/// words are one pair; a single character is a range of them.
public enum SearchGrams {
  /// Calls `body` for every pair in a record's texts, in their order. Where a pair stands in a text more than
  /// once, the first time says what it weighs there.
  public static func forEach(_ content: RecordContent, _ kind: Kind, _ body: (SearchGram) -> Void) {
    var number = 0
    SearchText.forEachText(content, kind) { field, text in
      let isHeading = field == kind.heading
      let folded = SearchFolding.folded(text)
      var weight = SearchText.weight(isHeading: isHeading, isAtStart: true)
      var last: Int64?
      func add(_ scalar: Int64) {
        guard let first = last else { return }
        body(SearchGram(pair: first << 21 | scalar, text: number, weight: weight))
        weight = SearchText.weight(isHeading: isHeading, isAtStart: false)
      }
      scalars(folded) { scalar in
        add(scalar)
        last = scalar
      }
      add(0)
      number += 1
    }
  }

  /// The pairs of one text.
  public static func pairs(in text: String) -> Set<Int64> {
    var pairs: Set<Int64> = []
    var last: Int64?
    func add(_ scalar: Int64) { if let first = last { pairs.insert(first << 21 | scalar) } }
    scalars(SearchFolding.folded(text)) { scalar in
      add(scalar)
      last = scalar
    }
    add(0)
    return pairs
  }

  private static func scalars(_ utf8: [UInt8], _ body: (Int64) -> Void) {
    var at = 0
    while at < utf8.count {
      let byte = Int64(utf8[at])
      if byte < 0x80 {
        body(byte)
        at += 1
        continue
      }
      let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      var scalar = byte & (length == 4 ? 0x07 : length == 3 ? 0x0f : 0x1f)
      for offset in 1..<length where at + offset < utf8.count {
        scalar = scalar << 6 | Int64(utf8[at + offset] & 0x3f)
      }
      body(scalar)
      at += length
    }
  }

  static func ranges(of needle: [UInt8]) -> [ClosedRange<Int64>] {
    var ranges: [ClosedRange<Int64>] = []
    var last: Int64?
    scalars(needle) { scalar in
      if let last { ranges.append(last << 21 | scalar...last << 21 | scalar) }
      last = scalar
    }
    if ranges.isEmpty, let last { ranges.append(last << 21...last << 21 | 0x1f_ffff) }
    return ranges
  }
}

extension SearchText {
  /// The words, each as the pairs that a text must hold for it to stand there, in their order; one of each range.
  public var words: [[ClosedRange<Int64>]] { needles.map(SearchGrams.ranges) }
}
