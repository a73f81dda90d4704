/// A record's identity within its space: a UUIDv7 (RFC 9562 §5.7), made once and never derived.
public struct RecordID: Hashable, Sendable, Comparable {
  public var high: UInt64
  public var low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A new identifier: 48 bits of `milliseconds` since 1970, then 74 bits of `random`.
  public init(milliseconds: Int64, random: (UInt64, UInt64)) {
    let time = UInt64(bitPattern: milliseconds) & 0xffff_ffff_ffff
    high = time << 16 | 0x7000 | random.0 & 0x0fff
    low = 0x8000_0000_0000_0000 | random.1 & 0x3fff_ffff_ffff_ffff
  }

  /// - Returns: nil unless `bytes` holds exactly 16 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    high = UInt64(bigEndian: words.0)
    low = UInt64(bigEndian: words.1)
  }

  /// The same without a detour over a generic collection: it is on the way of every record that is read.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 16 else { return nil }
    high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
    low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }

  /// - Returns: nil unless `text` is a UUID of 32 hex digits in the usual groups (case does not matter).
  public init?(_ text: some StringProtocol) {
    let hyphens = [8, 13, 18, 23]
    let utf8 = Array(text.utf8)
    guard utf8.count == 36, hyphens.allSatisfy({ utf8[$0] == UInt8(ascii: "-") }) else { return nil }
    guard let bytes = [UInt8](hex: String(text.filter { $0 != "-" })) else { return nil }
    self.init(bytes)
  }

  public var bytes: [UInt8] { high.bigEndianBytes + low.bigEndianBytes }

  public static func < (a: RecordID, b: RecordID) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }
}

extension RecordID: CustomStringConvertible {
  public var description: String {
    let hex = bytes.hex
    var text = ""
    for (i, character) in hex.enumerated() {
      if [8, 12, 16, 20].contains(i) { text.append("-") }
      text.append(character)
    }
    return text
  }
}
