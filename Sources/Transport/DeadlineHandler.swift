import NIOCore

/// Ends a connection that stands still, or that takes longer in all than it may. Works from the handshake
/// on; before it `TLSHandler` has a time of its own.
final class DeadlineHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let idle: TimeAmount
  private let total: TimeAmount?
  private let joiningTotal: TimeAmount?
  private let meter: ByteMeter
  private var idleTimer: Scheduled<Void>?
  private var totalTimer: Scheduled<Void>?
  /// Whether those above have asked for more than they got. While they have not, silence is our own doing.
  private var isReading = false

  /// - Parameter joiningTotal: the total time of a connection that joins; nil: as that of any other.
  init(idle: TimeAmount, total: TimeAmount?, joiningTotal: TimeAmount? = nil, meter: ByteMeter) {
    self.idle = idle
    self.total = total
    self.joiningTotal = joiningTotal
    self.meter = meter
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? TLSHandshakeCompleted {
      armIdle(after: idle, context)
      if let total = event.alpn == .joining ? joiningTotal ?? total : total {
        totalTimer = context.eventLoop.assumeIsolated().scheduleTask(in: total) { [weak self] in
          self?.expire(.totalTimeReached, context)
        }
      }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func read(context: ChannelHandlerContext) {
    isReading = true
    context.read()
  }

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    // From here on TLS reads by itself, and whoever does not answer is what is waited for.
    isReading = true
    context.close(mode: mode, promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = false
    context.fireChannelRead(data)
  }

  func channelInactive(context: ChannelHandlerContext) {
    cancelTimers()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    cancelTimers()
  }

  /// One timer that looks when the last byte moved is cheaper than one that is set anew at each byte.
  private func armIdle(after delay: TimeAmount, _ context: ChannelHandlerContext) {
    idleTimer = context.eventLoop.assumeIsolated().scheduleTask(in: delay) { [weak self] in
      self?.judgeIdle(context)
    }
  }

  private func judgeIdle(_ context: ChannelHandlerContext) {
    let still = context.eventLoop.now - meter.lastMoved
    if still < idle {
      armIdle(after: idle - still, context)
    } else if !isReading {
      armIdle(after: idle, context)
    } else {
      expire(.idleTimedOut, context)
    }
  }

  private func expire(_ error: TransportError, _ context: ChannelHandlerContext) {
    cancelTimers()
    context.fireErrorCaught(error)
    context.close(promise: nil)
    // TLS's own close may wait for a socket that takes nothing; then the second one does not.
    idleTimer = context.eventLoop.assumeIsolated().scheduleTask(in: idle) {
      context.close(promise: nil)
    }
  }

  private func cancelTimers() {
    idleTimer?.cancel()
    totalTimer?.cancel()
  }
}
