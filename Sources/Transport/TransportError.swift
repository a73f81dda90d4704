/// What can befall a connection; a case for each thing that a caller answers differently.
public enum TransportError: Error, Hashable, Sendable {
  /// The host's name has no address.
  case unresolved(host: String)
  /// There is no way to the host.
  case unreachable(host: String, port: Int, errno: CInt)
  /// The host answers and nobody listens on the port.
  case refused(host: String, port: Int)
  case connectTimedOut
  /// A listener could not be bound.
  case cannotListen(host: String, port: Int, errno: CInt)
  case tls(TLSFailure)
  case handshakeTimedOut
  /// The peer closed the connection before the handshake was over.
  case closedInHandshake
  /// No byte moved either way for the idle time while this side was ready for some.
  case idleTimedOut
  /// The connection reached the total time that it may take.
  case totalTimeReached
  /// The peer's side ended without TLS's close: somebody may have cut it short.
  case truncated
  /// The network broke the connection.
  case broken(errno: CInt)
  case frameTooLarge(FrameTooLarge)
  /// The connection was closed, by either side, before what was asked of it.
  case closed
  /// The listener has as many connections, in all or from that address, as it may.
  case tooManyConnections
  case cancelled
  /// Something that no case foresees; the text is for a log.
  case unforeseen(String)
}

/// A frame claims to be, or is, longer than frames may be.
public struct FrameTooLarge: Error, Hashable, Sendable {
  public var length: Int
  public var limit: Int

  public init(length: Int, limit: Int) {
    self.length = length
    self.limit = limit
  }
}
