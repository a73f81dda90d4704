internal import Replication

/// Why a link to a peer does not stand, or stands no more.
public enum LinkError: Error, Sendable, Hashable {
  case unreachable(address: String, Obstacle)
  /// The peer is there and has no place left, or trouble of its own: later it may answer.
  case busy(address: String)
  /// The handshake failed: one side does not trust the other.
  case untrusted(reason: String)
  case lost(reason: String)
  case protocolFault(reason: String)
}

extension LinkError {
  /// What stands between this node and an address.
  public enum Obstacle: Sendable, Hashable {
    /// The host's name has no address.
    case unknownHost
    /// The host answers, and nobody listens on the port.
    case refused
    case noWay(errno: Int32)
    case timedOut
    /// Somebody took the connection and closed it before a word was said.
    case hungUp
  }

  /// What is wrong with how a session ended; nil where nothing is.
  ///
  /// A store that went on meanwhile, or refused changes, has done its part: the next sync brings the rest, and
  /// what was refused is told apart from this.
  init?(outcome: Checkpoint.Outcome?) {
    switch outcome {
    case .converged, .moved, .refused, .withheld: return nil
    case .unequal: self = .protocolFault(reason: "the stores differ after both have shown their heads")
    case nil: self = .lost(reason: "closed before both sides were through")
    }
  }
}
