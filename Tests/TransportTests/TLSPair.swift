import NIOCore
import NIOEmbedded

@testable import Transport

/// Two TLS handlers with a wire between them that a test holds in its hand.
final class TLSPair {
  let dialler: EmbeddedChannel
  let listener: EmbeddedChannel
  let diallerSees = Recorder()
  let listenerSees = Recorder()

  static let timeouts = TLSHandler.Timeouts(
    handshake: .seconds(20), close: .seconds(5), linger: .seconds(2))

  init(dialler: TLSContext, listener: TLSContext) throws {
    self.dialler = try Self.channel(dialler, diallerSees)
    self.listener = try Self.channel(listener, listenerSees)
  }

  static func channel(_ context: TLSContext, _ recorder: Recorder) throws -> EmbeddedChannel {
    let channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandlers(
      TLSHandler(connection: TLSConnection(context: context), timeouts: timeouts), recorder)
    return channel
  }

  func connect() throws {
    try listener.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    try dialler.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  /// Carries bytes both ways, in pieces of the size given, until nothing moves.
  func carry(pieces: Int = .max) throws {
    var moved = true
    while moved {
      moved = try carry(from: dialler, to: listener, pieces: pieces)
      moved = try carry(from: listener, to: dialler, pieces: pieces) || moved
    }
  }

  private func carry(from sender: EmbeddedChannel, to receiver: EmbeddedChannel, pieces: Int) throws -> Bool {
    var moved = false
    while var bytes = try sender.readOutbound(as: ByteBuffer.self) {
      moved = true
      while receiver.isActive, let piece = bytes.readSlice(length: min(pieces, bytes.readableBytes)),
        piece.readableBytes > 0
      {
        try receiver.writeInbound(piece)
      }
    }
    return moved
  }
}

/// What came out at the top of a pipeline.
final class Recorder: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private(set) var bytes: [UInt8] = []
  private(set) var handshake: TLSHandshakeCompleted?
  private(set) var errors: [any Error] = []
  private(set) var isInputClosed = false

  var failure: TLSFailure? { errors.lazy.compactMap { $0 as? TLSFailure }.first }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    bytes += unwrapInboundIn(data).readableBytesView
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? TLSHandshakeCompleted { handshake = event }
    if let event = event as? ChannelEvent, event == .inputClosed { isInputClosed = true }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    errors.append(error)
  }
}
