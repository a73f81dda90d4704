/// Why something of keys, certificates or tokens cannot be used; facts, no words.
public enum TrustError: Error, Hashable, Sendable {
  /// OpenSSL refused; its whole error stack, newest last.
  case openSSL(during: String, stack: [String])
  case badKey
  case badCertificate
  case badRequest
  /// The chain does not lead to the region's CA.
  case untrusted(reason: String)
  /// A certificate names more than its issuer may give.
  case beyondIssuer(office: String)
  /// An issuer without the right to enrol.
  case mayNotEnrol(office: String)
  case chainTooLong
  case badToken
  case notForThisRecipient
  case altered
}
