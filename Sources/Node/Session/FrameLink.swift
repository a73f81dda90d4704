internal import Ledger
internal import Wire

/// Moves whole frames between two stores; Transport's connection is one, a queue in a test another.
public protocol FrameLink: Sendable {
  /// The certificate in DER that the peer was shown for this node when the link was made. nil where there was no
  /// handshake: then the one that the node has counts.
  var shownCertificate: [UInt8]? { get }
  /// Sends frames in order; waits while the link takes no more. One task sends at a time.
  func send(_ frames: [(type: UInt8, payload: [UInt8])]) async throws
  /// The next frame; nil once the peer has closed the link cleanly.
  func receive() async throws -> (type: UInt8, payload: [UInt8])?
}

extension FrameLink {
  public var shownCertificate: [UInt8]? { nil }

  func send(_ message: Message) async throws { try await send([(message.type, message.encoded())]) }
}
