internal import COpenSSL

/// Thirty-two bytes: a SHA-256 digest, or anything that is named by one.
///
/// Kept as four big-endian words, so that it is a plain value without a heap allocation and compares
/// like its bytes do.
public struct Hash256: Hashable, Sendable, Comparable {
  public var word0: UInt64
  public var word1: UInt64
  public var word2: UInt64
  public var word3: UInt64

  public static let byteCount = 32
  public static let zero = Hash256(word0: 0, word1: 0, word2: 0, word3: 0)

  public init(word0: UInt64, word1: UInt64, word2: UInt64, word3: UInt64) {
    self.word0 = word0
    self.word1 = word1
    self.word2 = word2
    self.word3 = word3
  }

  /// - Returns: nil unless `bytes` holds exactly 32 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Hash256.byteCount else { return nil }
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    self.init(bigEndianWords: words)
  }

  init(bigEndianWords words: (UInt64, UInt64, UInt64, UInt64)) {
    self.init(
      word0: UInt64(bigEndian: words.0), word1: UInt64(bigEndian: words.1),
      word2: UInt64(bigEndian: words.2), word3: UInt64(bigEndian: words.3))
  }

  /// SHA-256 of `bytes`.
  public init(hashing bytes: UnsafeRawBufferPointer) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { out in
      taizhang_sha256(bytes.baseAddress, bytes.count, out.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    self.init(bigEndianWords: words)
  }

  /// SHA-256 of `bytes`.
  public init(hashing bytes: [UInt8]) {
    self = bytes.withUnsafeBytes { Hash256(hashing: $0) }
  }

  public var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Hash256.byteCount) { buffer, count in
      withBigEndianBytes { buffer.baseAddress?.update(from: $0.baseAddress!, count: Hash256.byteCount) }
      count = Hash256.byteCount
    }
  }

  func withBigEndianBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
    let words = (word0.bigEndian, word1.bigEndian, word2.bigEndian, word3.bigEndian)
    return withUnsafeBytes(of: words) { body($0.assumingMemoryBound(to: UInt8.self)) }
  }

  /// The first eight bytes as a number: how a reference in a change names another log's change.
  public var prefix: UInt64 { word0 }

  public static func < (a: Hash256, b: Hash256) -> Bool {
    if a.word0 != b.word0 { return a.word0 < b.word0 }
    if a.word1 != b.word1 { return a.word1 < b.word1 }
    if a.word2 != b.word2 { return a.word2 < b.word2 }
    return a.word3 < b.word3
  }

  /// Sum modulo 2^256 (the fingerprint's sum over record states).
  public static func &+ (a: Hash256, b: Hash256) -> Hash256 {
    let (w3, c3) = a.word3.addingReportingOverflow(b.word3)
    let (w2, c2) = add(a.word2, b.word2, carry: c3)
    let (w1, c1) = add(a.word1, b.word1, carry: c2)
    let (w0, _) = add(a.word0, b.word0, carry: c1)
    return Hash256(word0: w0, word1: w1, word2: w2, word3: w3)
  }

  /// Difference modulo 2^256.
  public static func &- (a: Hash256, b: Hash256) -> Hash256 {
    let negated = Hash256(word0: ~b.word0, word1: ~b.word1, word2: ~b.word2, word3: ~b.word3)
    return a &+ negated &+ Hash256(word0: 0, word1: 0, word2: 0, word3: 1)
  }

  private static func add(_ a: UInt64, _ b: UInt64, carry: Bool) -> (UInt64, Bool) {
    let (sum, c1) = a.addingReportingOverflow(b)
    let (total, c2) = sum.addingReportingOverflow(carry ? 1 : 0)
    return (total, c1 || c2)
  }
}

extension Hash256: CustomStringConvertible {
  /// 64 lower-case hex digits.
  public var description: String { bytes.hex }
}
