public import Ledger

/// What a new office types in to join: a one-time secret, and the region's CA by its fingerprint, so that
/// neither side trusts on first use.
///
/// Text form: `tz1-`, then URL-safe base 64 of secret (16), CA fingerprint (32), expiry (8, big-endian
/// seconds), the division's code, and the first four bytes of SHA-256 over all that, which tell a slip of
/// the pen from a wrong token.
public struct InvitationToken: Hashable, Sendable {
  public static let secretByteCount = 16
  private static let prefix = "tz1-"

  public let secret: [UInt8]
  public let authority: Hash256
  public let division: DivisionCode
  /// Seconds since 1970.
  public let expires: Int64

  public init(secret: [UInt8], authority: Hash256, division: DivisionCode, expires: Int64) {
    precondition(secret.count == InvitationToken.secretByteCount, "a secret has 16 bytes")
    self.secret = secret
    self.authority = authority
    self.division = division
    self.expires = expires
  }

  /// What the inviting side stores and looks up: the secret itself is nowhere but in the token.
  public var secretHash: Hash256 { Hash256(hashing: secret) }

  public var text: String {
    let bytes = secret + authority.bytes + expires.bigEndianBytes + division.utf8
    return InvitationToken.prefix + Base64URL.encode(bytes + Hash256(hashing: bytes).bytes.prefix(4))
  }

  /// - Throws: `badToken` where anything was altered.
  public init(text: String) throws(TrustError) {
    guard text.hasPrefix(InvitationToken.prefix),
      let all = Base64URL.decode(text.dropFirst(InvitationToken.prefix.count)), all.count > 60
    else { throw .badToken }
    let bytes = Array(all.dropLast(4))
    guard Array(Hash256(hashing: bytes).bytes.prefix(4)) == Array(all.suffix(4)),
      let authority = Hash256(bytes[16..<48]), let division = DivisionCode(bytes[56...])
    else { throw .badToken }
    let expires = bytes[48..<56].reduce(0) { $0 << 8 | Int64($1) }
    self.init(secret: Array(bytes[..<16]), authority: authority, division: division, expires: expires)
  }
}

/// RFC 4648 §5 without padding; one text for one value.
enum Base64URL {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  static func encode(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        out.append(digits[Int(bits >> UInt32(count) & 63)])
      }
    }
    if count > 0 { out.append(digits[Int(bits << UInt32(6 - count) & 63)]) }
    return String(decoding: out, as: UTF8.self)
  }

  static func decode(_ text: some StringProtocol) -> [UInt8]? {
    var out: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for digit in text.utf8 {
      guard let value = digits.firstIndex(of: digit) else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        out.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    guard bits & (1 << UInt32(count) - 1) == 0, count < 6 else { return nil }
    return out
  }
}
