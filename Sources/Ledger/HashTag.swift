/// The first eight bytes of everything that is hashed or signed: the suite (1 = P-256 with SHA-256), then
/// seven ASCII letters, so that no digest can be taken for one of another kind.
public enum HashTag: String, Sendable, CaseIterable {
  case leaf = "tz.leaf"
  case salt = "tz.salt"
  case body = "tz.body"
  case link = "tz.link"
  case head = "tz.head"
  case recordState = "tz.reco"
  case space = "tz.spac"
  case scope = "tz.scop"
  case fingerprint = "tz.fing"
  case arrivals = "tz.arrv"
  case receipt = "tz.rcpt"
  case manifest = "tz.mani"
  case carried = "tz.carr"

  public static let suite: UInt8 = 1

  public var bytes: [UInt8] { [HashTag.suite] + Array(rawValue.utf8) }
}

extension ByteWriter {
  public mutating func write(_ tag: HashTag) {
    write(byte: HashTag.suite)
    write(bytes: tag.rawValue.utf8)
  }
}
