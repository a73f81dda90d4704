public import NIOCore

/// What the two sides exchange inside TLS: a type and its payload. On the wire the payload's length in four
/// bytes, big-endian, the type in one, the payload.
public struct Frame: Hashable, Sendable {
  public var type: UInt8
  public var payload: ByteBuffer

  public init(type: UInt8, payload: ByteBuffer) {
    self.type = type
    self.payload = payload
  }

  static let headerLength = 5

  /// Its bytes on the wire, before TLS.
  var wireLength: Int { Self.headerLength + payload.readableBytes }
}
