/// What a node shows in a handshake, and whom it believes there.
public struct TLSIdentity: Sendable {
  /// The node's certificate, then those between it and the authority.
  public var certificateChainPEM: String
  public var privateKeyPEM: String
  /// The one root that a peer's chain has to end in.
  public var authorityPEM: String

  public init(certificateChainPEM: String, privateKeyPEM: String, authorityPEM: String) {
    self.certificateChainPEM = certificateChainPEM
    self.privateKeyPEM = privateKeyPEM
    self.authorityPEM = authorityPEM
  }
}

/// What a computer shows that is about to join: it proves the key that it asks a certificate for.
public struct JoiningIdentity: Sendable {
  /// A certificate that the key signed itself.
  public var certificatePEM: String
  public var privateKeyPEM: String

  public init(certificatePEM: String, privateKeyPEM: String) {
    self.certificatePEM = certificatePEM
    self.privateKeyPEM = privateKeyPEM
  }
}
