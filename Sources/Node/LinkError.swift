/// Why a link to a peer does not stand, or stands no more.
public enum LinkError: Error, Sendable, Hashable {
  case unreachable(address: String, reason: String)
  /// The handshake failed: one side does not trust the other.
  case untrusted(reason: String)
  case lost(reason: String)
  case protocolFault(reason: String)
}
