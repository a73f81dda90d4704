import NIOCore

/// The pipeline's last handler: hands out the `Connection` after the handshake, its frames and its end.
final class ConnectionHandler: ChannelDuplexHandler {
  typealias InboundIn = Frame
  typealias OutboundIn = Frame
  typealias OutboundOut = Frame

  private let meter: ByteMeter
  private let queue: InboundQueue
  private let gate: SendGate
  private let limits: ConnectionLimits
  private let joiningLimit: Int?
  /// Completed with the connection, or with why there is none; then let go, because a promise keeps its value
  /// and a connection that nobody holds is to close.
  private var established: EventLoopPromise<Connection>?
  /// The frames of this turn of the event loop.
  private var arrived: [Frame] = []

  /// - Parameter joiningLimit: how many bytes of frames are kept of a peer that joins; nil: as of any other.
  init(
    channel: any Channel, limits: ConnectionLimits, joiningLimit: Int?, meter: ByteMeter,
    established: EventLoopPromise<Connection>
  ) {
    self.limits = limits
    self.joiningLimit = joiningLimit
    self.meter = meter
    self.established = established
    gate = SendGate(limit: limits.outboundBytes)
    queue = InboundQueue(limit: limits.inboundBytes) {
      // A read that was held back is asked for again, from the tail, so that it passes here once more. The
      // channel is held until it closes, when its pipeline lets go of us.
      channel.eventLoop.execute { channel.read() }
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case let event as TLSHandshakeCompleted:
      meter.markHandshake(unread: event.unread)
      if event.alpn == .joining, let joiningLimit { queue.narrow(to: joiningLimit) }
      established?.succeed(
        Connection(
          channel: context.channel, queue: queue, gate: gate, meter: meter, limits: limits,
          peerChain: event.peerChain, ownCertificate: event.ownCertificate, alpn: event.alpn))
      established = nil
    case ChannelEvent.inputClosed:
      handOver()
      queue.finish(nil)
      gate.close(.closed)
    default:
      break
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    arrived.append(unwrapInboundIn(data))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    handOver()
    context.fireChannelReadComplete()
  }

  private func handOver() {
    queue.push(arrived)
    arrived.removeAll(keepingCapacity: true)
  }

  func read(context: ChannelHandlerContext) {
    if queue.hasRoom() { context.read() }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // Every handler closes on what it finds itself; TLS lingers behind its alert, which must not be cut.
    let error = TransportError(pipelineError: error)
    guard case .frameTooLarge = error else { return end(error) }
    // Nothing more can be read, and the peer may still be told.
    handOver()
    queue.finish(error)
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(nil)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(nil)
  }

  /// The first end counts; later calls change nothing.
  private func end(_ error: TransportError?) {
    handOver()
    queue.finish(error)
    gate.close(error ?? .closed)
    established?.fail(error ?? .closed)
    established = nil
  }
}
