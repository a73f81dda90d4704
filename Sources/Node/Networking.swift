internal import NIOCore
internal import Replication
internal import Transport
internal import Trust
internal import Wire

/// A Transport connection as a link of frames.
struct ConnectionLink: FrameLink {
  let connection: Connection
  var shownCertificate: [UInt8]? { connection.ownCertificate }

  func send(_ frames: [(type: UInt8, payload: [UInt8])]) async throws {
    do {
      try await connection.send(frames.map { Frame(type: $0.type, payload: ByteBuffer(bytes: $0.payload)) })
    } catch {
      throw failure(error)
    }
  }

  func receive() async throws -> (type: UInt8, payload: [UInt8])? {
    do {
      var iterator = connection.inbound.makeAsyncIterator()
      guard let frame = try await iterator.next() else { return nil }
      return (frame.type, Array(buffer: frame.payload))
    } catch {
      throw failure(error)
    }
  }

  /// A frame beyond the limit is the session's to tell; the link still stands.
  private func failure(_ error: TransportError) -> any Error {
    if case .frameTooLarge(let frame) = error {
      return SessionError.limit(name: "frame", value: frame.length, limit: frame.limit)
    }
    return LinkError(error, address: "\(connection.remoteAddress.host):\(connection.remoteAddress.port)")
  }
}

extension LocalNode {
  /// What this node shows in a handshake.
  /// - Throws: `notEnrolled` before it has a certificate.
  func tlsIdentity() throws -> TLSIdentity {
    try renewIdentity()
    let identity = identity
    guard !identity.chain.isEmpty, let authority = identity.authority else { throw NodeError.notEnrolled }
    return TLSIdentity(
      certificateChainPEM: try identity.chain.map { try $0.pem }.joined(),
      privateKeyPEM: try identity.key.pem,
      authorityPEM: try authority.pem)
  }

  /// The parts of HOST:PORT.
  /// - Throws: `badAddress`.
  @discardableResult
  public static func split(address: String) throws -> (host: String, port: Int) {
    guard let colon = address.lastIndex(of: ":"), colon != address.startIndex,
      let port = Int(address[address.index(after: colon)...]), (0...65535).contains(port)
    else { throw NodeError.badAddress(address) }
    var host = String(address[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    return (host, port)
  }
}
