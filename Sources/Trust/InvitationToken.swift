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
  /// No token is longer; a whole file that was pasted is not decoded.
  private static let maxTextCount = 200
  private static let checksumByteCount = 4

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
    return InvitationToken.prefix + Base64URL.encode(bytes + InvitationToken.checksum(of: bytes))
  }

  /// - Parameter text: as it was pasted; white space around it does no harm.
  /// - Throws: `badToken` where anything was altered.
  public init(text: String) throws(TrustError) {
    let text = InvitationToken.trimmed(text)
    guard text.utf8.count <= InvitationToken.maxTextCount, text.hasPrefix(InvitationToken.prefix),
      let all = Base64URL.decode(text.dropFirst(InvitationToken.prefix.count)),
      all.count > 56 + InvitationToken.checksumByteCount
    else { throw .badToken }
    let bytes = Array(all.dropLast(InvitationToken.checksumByteCount))
    guard InvitationToken.checksum(of: bytes) == all.suffix(InvitationToken.checksumByteCount),
      let authority = Hash256(bytes[16..<48]), let division = DivisionCode(bytes[56...])
    else { throw .badToken }
    let expires = bytes[48..<56].reduce(0) { $0 << 8 | Int64($1) }
    self.init(secret: Array(bytes[..<16]), authority: authority, division: division, expires: expires)
  }

  private static func checksum(of bytes: [UInt8]) -> ArraySlice<UInt8> {
    Hash256(hashing: bytes).bytes.prefix(checksumByteCount)
  }

  private static func trimmed(_ text: String) -> Substring {
    var rest = text[...]
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return rest.drop { $0.isWhitespace }
  }
}
