import Ledger

/// Several values in one cell: parted by `,` `;` `，` `；` or `、`, without regard to order or repetition.
enum SetForm {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  /// The text without the blanks around it, where no sign parts it.
  static func onlyPart(_ text: Bytes) -> Bytes? {
    for i in text.indices where separator(text, at: i) != nil { return nil }
    return Blanks.trimmed(text)
  }

  static func parts(_ text: Bytes) -> [Bytes] {
    var parts: [Bytes] = []
    var start = 0
    var i = 0
    func close(_ end: Int) {
      let part = Blanks.trimmed(Bytes(rebasing: text[start..<end]))
      if !part.isEmpty { parts.append(part) }
    }
    while i < text.count {
      if let length = separator(text, at: i) {
        close(i)
        i += length
        start = i
      } else {
        i += 1
      }
    }
    close(text.count)
    return parts
  }

  /// What a set's elements may not hold, so that a set that is written out can be read back.
  static func hasSeparator(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { text in text.indices.contains { separator(text, at: $0) != nil } }
  }

  @inline(__always)
  private static func separator(_ text: Bytes, at i: Int) -> Int? {
    let byte = text[i]
    if byte < 0x80 { return byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") ? 1 : nil }
    guard byte == 0xef || byte == 0xe3, i + 2 < text.count else { return nil }
    switch (byte, text[i + 1], text[i + 2]) {
    case (0xef, 0xbc, 0x8c), (0xef, 0xbc, 0x9b), (0xe3, 0x80, 0x81): return 3
    default: return nil
    }
  }

  /// The elements in the one order, each once.
  static func ordered(_ values: [Value]) -> [Value] {
    guard values.count > 1 else { return values }
    var out: [Value] = []
    for value in values.sorted(by: { $0.precedes($1) }) where out.last != value { out.append(value) }
    return out
  }
}

extension Value {
  /// The order of a set's elements: by their bytes.
  func precedes(_ other: Value) -> Bool {
    switch (self, other) {
    case (.code(let a), .code(let b)), (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
    case (.record(let a), .record(let b)): a < b
    case (.integer(let a), .integer(let b)): a < b
    case (.date(let a), .date(let b)): a < b
    default: shape < other.shape
    }
  }
}
