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
