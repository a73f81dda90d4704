/// One spelling for what differs only in width or case: full-width forms become ASCII, the ideographic
/// blank a blank, ASCII letters small; blanks around fall away.
enum Folding {
  static func folded(_ text: String) -> [UInt8] {
    var text = text
    return text.withUTF8 { folded($0) }
  }

  static func folded(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    let bytes = Blanks.trimmed(bytes)
    return Array(unsafeUninitializedCapacity: bytes.count) { out, count in
      var i = 0
      while i < bytes.count {
        let byte = bytes[i]
        if byte < 0x80 {
          out[count] = lowered(byte)
          count += 1
          i += 1
        } else if let (ascii, length) = wideForm(bytes, at: i) {
          out[count] = lowered(ascii)
          count += 1
          i += length
        } else {
          out[count] = byte
          count += 1
          i += 1
        }
      }
    }
  }

  /// Folded, and with one shape of square brackets.
  static func withOneBracket(_ text: String) -> String {
    var one = String.UnicodeScalarView()
    for scalar in String(decoding: Folding.folded(text), as: UTF8.self).unicodeScalars {
      switch scalar {
      case "〔", "【", "〖": one.append("[")
      case "〕", "】", "〗": one.append("]")
      default: one.append(scalar)
      }
    }
    return String(one)
  }

  /// Whether `folded` would give anything else than `bytes`, or may.
  static func changes(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = bytes.first, let last = bytes.last else { return false }
    if first <= 0x20 || last <= 0x20 { return true }
    for byte in bytes
    where byte >= 0xc2 && (byte == 0xef || byte == 0xe3 || byte == 0xc2 || byte == 0xe2)
      || byte.isCapital
    { return true }
    return false
  }

  @inline(__always)
  static func lowered(_ byte: UInt8) -> UInt8 { byte.isCapital ? byte | 0x20 : byte }

  /// The ASCII byte that the full-width form at `i` stands for, and its length in UTF-8.
  @inline(__always)
  static func wideForm(_ bytes: UnsafeBufferPointer<UInt8>, at i: Int) -> (ascii: UInt8, length: Int)? {
    guard i + 2 < bytes.count else { return nil }
    switch (bytes[i], bytes[i + 1], bytes[i + 2]) {
    case (0xef, 0xbc, let third) where third >= 0x81: return (third - 0x81 + 0x21, 3)  // U+FF01…FF3F
    case (0xef, 0xbd, let third) where third <= 0x9e: return (third - 0x80 + 0x60, 3)  // U+FF40…FF5E
    case (0xe3, 0x80, 0x80): return (0x20, 3)  // U+3000
    default: return nil
    }
  }
}

/// What counts as a blank: Unicode's white space and the byte-order mark.
enum Blanks {
  static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    var start = 0
    var end = bytes.count
    while start < end, let length = length(bytes, at: start) { start += length }
    while end > start, let length = lengthBefore(bytes, end) { end -= length }
    return UnsafeBufferPointer(rebasing: bytes[start..<end])
  }

  /// The length of the blank that begins at `i`, if one does.
  @inline(__always)
  static func length(_ bytes: UnsafeBufferPointer<UInt8>, at i: Int) -> Int? {
    let byte = bytes[i]
    if byte < 0x80 { return byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) ? 1 : nil }
    if byte == 0xc2, i + 1 < bytes.count { return bytes[i + 1] == 0xa0 || bytes[i + 1] == 0x85 ? 2 : nil }
    return i + 2 < bytes.count && isWideBlank(byte, bytes[i + 1], bytes[i + 2]) ? 3 : nil
  }

  @inline(__always)
  private static func lengthBefore(_ bytes: UnsafeBufferPointer<UInt8>, _ end: Int) -> Int? {
    let last = bytes[end - 1]
    if last < 0x80 { return last == 0x20 || (last >= 0x09 && last <= 0x0d) ? 1 : nil }
    if end >= 2, bytes[end - 2] == 0xc2 { return last == 0xa0 || last == 0x85 ? 2 : nil }
    return end >= 3 && isWideBlank(bytes[end - 3], bytes[end - 2], last) ? 3 : nil
  }

  private static func isWideBlank(_ a: UInt8, _ b: UInt8, _ c: UInt8) -> Bool {
    switch (a, b, c) {
    case (0xe3, 0x80, 0x80), (0xef, 0xbb, 0xbf), (0xe1, 0x9a, 0x80), (0xe2, 0x81, 0x9f): true
    case (0xe2, 0x80, 0x80...0x8a), (0xe2, 0x80, 0xa8...0xa9), (0xe2, 0x80, 0xaf): true
    default: false
    }
  }
}

extension UInt8 {
  @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }
  @inline(__always) var digitValue: UInt8 { self &- 0x30 }
  @inline(__always) var isCapital: Bool { self &- 0x41 < 26 }
}
