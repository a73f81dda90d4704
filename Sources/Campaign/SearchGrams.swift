/// Pairs of neighbouring characters, by which an index finds the records a text may stand in. Two-character
/// words are one pair; a single character is a range of them.
public enum SearchGrams {
  /// Calls `body` for every pair in a record's texts, the last character of each paired with nothing.
  public static func forEach(_ content: RecordContent, _ kind: Kind, _ body: (Int64) -> Void) {
    SearchText.forEachText(content, kind) { _, text in
      let folded = SearchFolding.folded(text)
      var last: Int64?
      scalars(folded) { scalar in
        if let last { body(last << 21 | scalar) }
        last = scalar
      }
      if let last { body(last << 21) }
    }
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
  /// What a record's pairs must hold: one of each range.
  public var grams: [ClosedRange<Int64>] {
    var seen: Set<ClosedRange<Int64>> = []
    return needles.flatMap(SearchGrams.ranges).filter { seen.insert($0).inserted }
  }
}
