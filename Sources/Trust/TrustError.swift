public import Ledger

/// Why something of keys, certificates or tokens cannot be used; facts, no words.
///
/// A certificate that breaks a rule of the chain is named by its office and by its node.
public enum TrustError: Error, Hashable, Sendable {
  /// OpenSSL refused; its whole error stack, newest last.
  case openSSL(during: String, stack: [String])
  /// No P-256 key, or not the key that belongs to the certificate.
  case badKey
  case badCertificate
  /// No request, or its signer does not hold its key.
  case badRequest
  /// The chain does not lead to the region's CA, or a certificate in it breaks a rule; OpenSSL's `X509_V_ERR_` number.
  case untrusted(verification: Int)
  /// A certificate is not as its issuer signed it.
  case badSignature
  /// The certificates are those of another region's CA than the one expected.
  case otherAuthority
  /// The certificate is for another node's key.
  case otherKey(node: NodeID)
  /// The certificate writes or reads where its issuer may not, or stands higher than it.
  case scopeNotWithinIssuer(office: String, node: NodeID)
  /// The certificate has a right that its issuer has not.
  case rightsNotWithinIssuer(office: String, node: NodeID)
  /// The certificate does not name its issuer's key, or one of the two names its own otherwise than by the key's hash.
  case keyNotNamed(office: String, node: NodeID)
  /// The issuer has not the right to enrol.
  case issuerMayNotEnrol(office: String, node: NodeID)
  /// More certificates than root, enroller and office, or an enroller below another.
  case chainTooLong
  case badToken
  case notForThisRecipient
  /// Not the bytes that were sealed.
  case altered
}
