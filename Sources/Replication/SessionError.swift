public import Wire

/// Why a session ended before both sides were through: by whose fault.
public enum SessionError: Error, Hashable, Sendable {
  /// The peer said why it stops.
  case peerFailed(Failure)
  /// The peer sent a message where it has no place.
  case unexpected(type: UInt8)
  case versionMismatch(theirs: UInt64)
  case badMessage(WireFault)
  /// The peer went beyond a limit of the session.
  case limit(name: String, value: Int, limit: Int)
  /// A frame's batch does not start from a head that is held here.
  case gap

  /// What the peer is told; nil where it spoke last.
  public var toldToPeer: Failure? {
    switch self {
    case .peerFailed: nil
    case .unexpected(let type): Failure(code: "unexpected-message", detail: "\(type)")
    case .versionMismatch(let theirs): Failure(code: "version", detail: "\(theirs)")
    case .badMessage(.limit(let name, let value, let limit)), .limit(let name, let value, let limit):
      Failure(code: "limit", detail: "\(name) \(value) > \(limit)")
    case .badMessage(.unknownType(let type)): Failure(code: "bad-message", detail: "type \(type)")
    case .badMessage(.malformed(let type)): Failure(code: "bad-message", detail: "malformed \(type)")
    case .badMessage(.badCompression): Failure(code: "bad-message", detail: "compression")
    case .gap: Failure(code: "gap")
    }
  }
}
