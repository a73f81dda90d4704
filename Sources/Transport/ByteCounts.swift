/// Bytes on the socket, all of TLS's own included.
public struct ByteCounts: Hashable, Sendable {
  public var received = 0
  public var sent = 0
  /// How much of these the handshake took.
  public var handshakeReceived = 0
  public var handshakeSent = 0

  public init() {}
}
