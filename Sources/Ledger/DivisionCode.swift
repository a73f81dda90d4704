/// The code of an administrative division as the campaign pack spells it, e.g. `540100`: 1 to 15 bytes of
/// ASCII letters, digits, `-`, `_` and `.`.
///
/// Fifteen bytes and their count fit into two words, so that a `Space` and a `LogID` are plain values.
public struct DivisionCode: Hashable, Sendable, Comparable {
  private var high: UInt64
  private var low: UInt64

  public static let maxByteCount = 15

  /// - Returns: nil where `code` is empty, too long, or holds another character.
  public init?(_ code: some StringProtocol) {
    self.init(Array(code.utf8))
  }

  /// - Returns: nil where `bytes` is empty, too long, or holds another character.
  public init?(_ bytes: some Collection<UInt8>) {
    guard !bytes.isEmpty, bytes.count <= DivisionCode.maxByteCount else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    let legal = withUnsafeMutableBytes(of: &words) { out in
      for (i, byte) in bytes.enumerated() {
        guard DivisionCode.isLegal(byte) else { return false }
        out[i] = byte
      }
      out[15] = UInt8(bytes.count)
      return true
    }
    guard legal else { return nil }
    high = UInt64(bigEndian: words.0)
    low = UInt64(bigEndian: words.1)
  }

  private static func isLegal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  public var utf8: [UInt8] {
    let words = (high.bigEndian, low.bigEndian)
    return withUnsafeBytes(of: words) { Array($0.prefix(Int($0[15]))) }
  }

  public static func < (a: DivisionCode, b: DivisionCode) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }
}

extension DivisionCode: CustomStringConvertible {
  public var description: String { String(decoding: utf8, as: UTF8.self) }
}
