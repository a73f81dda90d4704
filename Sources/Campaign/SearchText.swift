internal import Glibc
internal import Ledger

/// What a person types to find records: words that must all occur, `"…"` a phrase; any text is a search. Case
/// and width do not matter.
public struct SearchText: Hashable, Sendable {
  /// Folded, none empty.
  let needles: [[UInt8]]

  public init(_ text: String) {
    var found: [[UInt8]] = []
    for (index, part) in text.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
      if index % 2 == 1 {
        found.append(SearchFolding.folded(String(part)))
      } else {
        found += part.split(whereSeparator: \.isWhitespace).map { SearchFolding.folded(String($0)) }
      }
    }
    needles = found.filter { !$0.isEmpty }
  }

  /// Nothing to look for: nothing is found.
  public var isEmpty: Bool { needles.isEmpty }

  /// How well a record fits: more where a word stands in its heading, at a text's beginning, or more often.
  /// - Returns: nil where a word does not occur.
  public func score(_ content: RecordContent, _ kind: Kind) -> Int? {
    guard !needles.isEmpty else { return nil }
    var found = [Int](repeating: 0, count: needles.count)
    SearchText.forEachText(content, kind) { field, text in
      let folded = SearchFolding.folded(text)
      for (index, needle) in needles.enumerated() {
        guard let place = SearchText.place(of: needle, in: folded, from: 0) else { continue }
        found[index] += SearchText.weight(isHeading: field == kind.heading, isAtStart: place == 0)
      }
    }
    guard found.allSatisfy({ $0 > 0 }) else { return nil }
    return found.reduce(0, +)
  }

  /// What a text that a word stands in adds to the record's score.
  static func weight(isHeading: Bool, isAtStart: Bool) -> Int {
    (isHeading ? 8 : leastWeight) + (isAtStart ? 1 : 0)
  }

  /// What one text adds at least.
  public static let leastWeight = 2

  /// What a word can add to a record's score at most, by what a pair of it weighs there that is not its first: the
  /// word may begin every text that the pair stands in.
  public static func bound(byLaterPair weight: Int) -> Int { weight + weight / leastWeight }

  /// The texts of a record, its heading (the first required text) first, each with the position of its field.
  static func forEachText(_ content: RecordContent, _ kind: Kind, _ body: (Int, String) -> Void) {
    for field in kind.searched { texts(content[field: field]) { body(field, $0) } }
  }

  private static func texts(_ value: FieldValue?, _ body: (String) -> Void) {
    switch value {
    case .single(.text(let text))?, .single(.code(let text))?: body(text)
    case .set(let elements)?:
      for case .text(let text) in elements { body(text) }
    default: return
    }
  }

  static func place(of needle: [UInt8], in text: [UInt8], from start: Int) -> Int? {
    guard let first = needle.first else { return nil }
    return text.withUnsafeBytes { text in
      var at = start
      while let base = text.baseAddress, text.count - at >= needle.count,
        let found = memchr(base + at, Int32(first), text.count - at - needle.count + 1)
      {
        at = UnsafeRawPointer(found) - base
        if memcmp(base + at, needle, needle.count) == 0 { return at }
        at += 1
      }
      return nil
    }
  }
}

// MARK: the hit in its context

extension SearchText {
  /// A stretch of one of a record's texts with the first hit in it.
  public struct Excerpt: Hashable, Sendable {
    public var before: String
    public var hit: String
    public var after: String
  }

  /// - Parameter width: about how many characters to show on either side.
  public func excerpt(_ content: RecordContent, _ kind: Kind, width: Int = 12) -> Excerpt? {
    var found: Excerpt?
    SearchText.forEachText(content, kind) { _, text in
      if found == nil { found = excerpt(text, width: width) }
    }
    return found
  }

  private func excerpt(_ text: String, width: Int) -> Excerpt? {
    // Folded scalar by scalar, so that a place in the folded text is one in the text.
    let scalars = Array(text.unicodeScalars)
    let folded = scalars.map { SearchFolding.folded(String($0)) }
    var starts: [Int: Int] = [:]
    var at = 0
    for (index, bytes) in folded.enumerated() {
      starts[at] = index
      at += bytes.count
    }
    starts[at] = scalars.count
    let bytes = folded.flatMap { $0 }
    for needle in needles {
      guard let place = SearchText.place(of: needle, in: bytes, from: 0), let start = starts[place],
        let end = starts[place + needle.count]
      else { continue }
      func part(_ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(scalars[range]))
      }
      let from = max(0, start - width)
      let to = min(scalars.count, end + width)
      return Excerpt(
        before: (from > 0 ? "…" : "") + part(from..<start), hit: part(start..<end),
        after: part(end..<to) + (to < scalars.count ? "…" : ""))
    }
    return nil
  }
}

/// One spelling of a text for searching: as `Folding`, and letters of other scripts that have case small too.
enum SearchFolding {
  static func folded(_ text: String) -> [UInt8] {
    var text = text
    // Latin beyond ASCII, Greek, Cyrillic and Armenian begin with these; neither Chinese nor Tibetan does.
    let hasOtherCase = text.utf8.contains { (0xc3...0xd6).contains($0) }
    if hasOtherCase { text = text.lowercased() }
    return text.withUTF8 { fold($0) }
  }

  private static func fold(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    Array(unsafeUninitializedCapacity: bytes.count) { out, count in
      var i = 0
      while i < bytes.count {
        if bytes[i] >= 0x80, let (ascii, length) = Folding.wideForm(bytes, at: i) {
          out[count] = Folding.lowered(ascii)
          i += length
        } else {
          out[count] = Folding.lowered(bytes[i])
          i += 1
        }
        count += 1
      }
    }
  }
}
