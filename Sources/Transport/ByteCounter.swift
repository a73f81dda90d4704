import NIOCore
import Synchronization

/// Stands at the head of the pipeline and counts what passes the socket.
final class ByteCounter: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let meter: ByteMeter

  init(meter: ByteMeter) {
    self.meter = meter
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let count = unwrapInboundIn(data).readableBytes
    let now = context.eventLoop.now
    meter.update {
      $0.counts.received += count; $0.lastMoved = now
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let count = unwrapOutboundIn(data).readableBytes
    let promise = promise ?? context.eventLoop.makePromise()
    // Only what the kernel took has moved: a peer that does not read keeps nothing alive.
    promise.futureResult.assumeIsolated().whenSuccess { [meter, eventLoop = context.eventLoop] in
      meter.update {
        $0.lastMoved = eventLoop.now; $0.lastTaken = eventLoop.now
      }
    }
    meter.update { $0.counts.sent += count }
    context.write(data, promise: promise)
  }
}

/// A `ByteCounter`'s figures, readable from any thread.
final class ByteMeter: Sendable {
  struct State {
    var counts = ByteCounts()
    var lastMoved: NIODeadline
    /// When the kernel last took something.
    var lastTaken: NIODeadline
  }

  private let state: Mutex<State>

  init(now: NIODeadline) {
    state = Mutex(State(lastMoved: now, lastTaken: now))
  }

  var counts: ByteCounts { state.withLock(\.counts) }
  var lastMoved: NIODeadline { state.withLock(\.lastMoved) }
  var lastTaken: NIODeadline { state.withLock(\.lastTaken) }

  func update(_ change: (inout State) -> Void) {
    state.withLock { change(&$0) }
  }

  /// - Parameter unread: what has come with the handshake's last bytes but belongs to the session.
  func markHandshake(unread: Int) {
    state.withLock { state in
      state.counts.handshakeReceived = state.counts.received - unread
      state.counts.handshakeSent = state.counts.sent
    }
  }
}
