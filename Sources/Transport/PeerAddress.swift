import NIOCore

/// The other end of a connection, or where a listener stands.
public struct PeerAddress: Hashable, Sendable {
  /// An IP address, or a socket's path.
  public var host: String
  public var port: Int

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  init(_ address: SocketAddress?) {
    host = address?.ipAddress ?? address?.pathname ?? ""
    port = address?.port ?? 0
  }
}
