import NIOCore

/// How a channel becomes a connection; the same for both sides.
enum ConnectionPipeline {
  /// Adds the handlers. To be called on the channel's event loop.
  /// - Returns: the connection, once the handshake is done.
  static func build(
    on channel: any Channel, context: TLSContext, limits: ConnectionLimits
  ) throws -> EventLoopFuture<Connection> {
    let connection = try TLSConnection(context: context)
    let established = channel.eventLoop.makePromise(of: Connection.self)
    let meter = ByteMeter(now: channel.eventLoop.now)
    var joining: JoiningLimits?
    if case .listener = context.role { joining = limits.joining }
    do {
      try channel.pipeline.syncOperations.addHandlers(
        ByteCounter(meter: meter),
        TLSHandler(connection: connection, timeouts: TLSHandler.Timeouts(limits)),
        DeadlineHandler(
          idle: TimeAmount(limits.idleTime), total: limits.totalTime.map { TimeAmount($0) },
          joiningTotal: joining.map { TimeAmount($0.totalTime) }, meter: meter),
        FrameHandler(limit: limits.frameBytes, joiningLimit: joining?.frameBytes),
        ConnectionHandler(
          channel: channel, limits: limits, joiningLimit: joining?.frameBytes, meter: meter,
          established: established))
    } catch {
      established.fail(error)
      throw error
    }
    return established.futureResult
  }
}

extension TLSHandler.Timeouts {
  init(_ limits: ConnectionLimits) {
    self.init(
      handshake: TimeAmount(limits.handshakeTime), close: TimeAmount(limits.closeTime),
      linger: TimeAmount(limits.lingerTime))
  }
}
