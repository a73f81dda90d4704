/// What the two sides agree to speak, settled in the TLS handshake (ALPN).
public enum ApplicationProtocol: String, Hashable, Sendable {
  /// A session between two nodes that both hold a certificate of the authority.
  case session = "taizhang/1"
  /// Enrolment: the dialler has no certificate yet and knows the authority by its fingerprint.
  case joining = "taizhang-join/1"

  /// The name as ALPN carries it: its length in one byte, then its characters.
  var wireName: [UInt8] {
    [UInt8(rawValue.utf8.count)] + Array(rawValue.utf8)
  }
}
