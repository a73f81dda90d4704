/// Why what an office shows of itself does not count, by the protocol's code for it.
public enum StandingFault: String, Sendable, Hashable {
  /// It was revoked itself.
  case revoked = "revoked"
  /// Its issuer was, or may enrol no more, and is not known to have issued its certificate before.
  case issuerRevoked = "issuer-revoked"
}
