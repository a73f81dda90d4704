/// Why nothing is taken from who showed a certificate, or made for it, as this node knows. What a peer says of this node's own is
/// `NodeError.peerRefused`.
public struct CertificateRefusal: Error, Hashable, Sendable {
  /// What was decided about a certificate; as peers are told it.
  public enum Reason: String, Sendable {
    case revoked
    /// Its issuer was revoked, or lost the right to enrol, before it is known to have issued it.
    case issuerRevoked = "issuer-revoked"
  }

  /// Whose certificate it is, as seen from this node.
  public enum Holder: Sendable {
    /// This office's own, shown by a copy of its store or in a bundle that it made itself.
    case own
    /// Of who issued this office's certificate.
    case enroller
    case other
  }

  public let reason: Reason
  public let holder: Holder
  public let name: String
}
