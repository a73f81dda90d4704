import NIOCore

/// Fired up the pipeline when both sides are known to each other; before it nothing is handed on.
struct TLSHandshakeCompleted: Sendable {
  var peerChain: [[UInt8]]
  var ownCertificate: [UInt8]?
  var alpn: ApplicationProtocol
  /// Bytes that came with the handshake's last ones and belong to the session.
  var unread: Int
}

/// TLS between the socket and the frames.
///
/// Legal transitions: idle → handshaking → active → closing → closed; from any of them → failing → closed
/// or → closed at once. Every error is fired before the channel goes.
final class TLSHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  struct Timeouts {
    var handshake: TimeAmount
    /// How long a peer may take to answer our close_notify.
    var close: TimeAmount
    /// How long input is read and thrown away behind an alert: a socket closed with unread input is reset,
    /// and the reset can overtake the alert.
    var linger: TimeAmount
  }

  private enum State {
    case idle(TLSConnection)
    case handshaking(Handshaking)
    case active(Active)
    case closing(Closing)
    case failing(timer: Scheduled<Void>)
    case closed
  }

  private struct Handshaking {
    var connection: TLSConnection
    var outbox = TLSOutbox()
    var timer: Scheduled<Void>
  }

  private struct Active {
    var connection: TLSConnection
    var outbox: TLSOutbox
  }

  /// Our close_notify is written; the peer's is waited for.
  private struct Closing {
    var connection: TLSConnection
    var timer: Scheduled<Void>?
    var promise: EventLoopPromise<Void>?
  }

  /// Enough to fill a socket buffer, little enough to stop at when the peer does not read.
  private static let sliceLimit = 64 * 1024

  private let timeouts: Timeouts
  private var state: State

  init(connection: TLSConnection, timeouts: Timeouts) {
    state = .idle(connection)
    self.timeouts = timeouts
  }

  // MARK: Beginning

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { begin(context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    begin(context)
    context.fireChannelActive()
  }

  private func begin(_ context: ChannelHandlerContext) {
    guard case .idle(let connection) = state else { return }
    let timer = schedule(in: timeouts.handshake, context) { $0.handshakeTimedOut($1) }
    state = .handshaking(Handshaking(connection: connection, timer: timer))
    advanceHandshake(context)
  }

  private func advanceHandshake(_ context: ChannelHandlerContext) {
    guard case .handshaking(let current) = state else { return }
    switch current.connection.handshake() {
    case .incomplete:
      flushOutgoing(of: current.connection, context)
    case .complete:
      finishHandshake(current, context)
    case .closed:
      current.timer.cancel()
      abandon(current.outbox, error: TransportError.closedInHandshake, context)
    case .failed(let failure):
      current.timer.cancel()
      fail(failure, of: current.connection, outbox: current.outbox, context)
    }
  }

  private func finishHandshake(_ done: Handshaking, _ context: ChannelHandlerContext) {
    guard let alpn = done.connection.agreedProtocol else {
      preconditionFailure("a handshake was complete without a protocol")
    }
    done.timer.cancel()
    flushOutgoing(of: done.connection, context)
    state = .active(Active(connection: done.connection, outbox: done.outbox))
    context.fireUserInboundEventTriggered(
      TLSHandshakeCompleted(
        peerChain: done.connection.peerChain, ownCertificate: done.connection.ownCertificate, alpn: alpn,
        unread: done.connection.unreadCount))
    encryptPending(context)
  }

  // MARK: Input

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    switch state {
    case .handshaking(let current):
      current.connection.feed(bytes)
      advanceHandshake(context)
      decrypt(context)
    case .active(let current):
      current.connection.feed(bytes)
      decrypt(context)
    case .closing(let current):
      current.connection.feed(bytes)
      awaitPeersClose(current, context)
    case .idle, .failing, .closed:
      break
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    switch state {
    // Those above may have stopped reading; what is waited for here must come all the same.
    case .handshaking, .closing, .failing: context.read()
    case .idle, .active, .closed: break
    }
  }

  private func decrypt(_ context: ChannelHandlerContext) {
    guard case .active(let current) = state else { return }
    var plaintext = context.channel.allocator.buffer(capacity: max(current.connection.unreadCount, 512))
    let step = current.connection.read(into: &plaintext)
    // A peer's key update is answered at once.
    flushOutgoing(of: current.connection, context)
    if plaintext.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plaintext)) }
    // Whoever got the plaintext may have closed.
    guard case .active(let current) = state else { return }
    switch step {
    case .incomplete, .complete:
      break
    case .closed:
      peerClosed(current, context)
    case .failed(let failure):
      fail(failure, of: current.connection, outbox: current.outbox, context)
    }
  }

  private func peerClosed(_ current: Active, _ context: ChannelHandlerContext) {
    var outbox = current.outbox
    state = .closing(Closing(connection: current.connection, timer: nil, promise: nil))
    outbox.fail(TransportError.closed)
    context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    current.connection.shutDown()
    writeLast(of: current.connection, context) { $0.finish($1) }
  }

  private func awaitPeersClose(_ current: Closing, _ context: ChannelHandlerContext) {
    var discarded = ByteBuffer()
    if case .incomplete = current.connection.read(into: &discarded) { return }
    finish(context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    let last = state
    state = .closed
    switch last {
    case .handshaking(var current):
      current.timer.cancel()
      current.outbox.fail(TransportError.closedInHandshake)
      context.fireErrorCaught(TransportError.closedInHandshake)
    case .active(var current):
      current.outbox.fail(TransportError.truncated)
      context.fireErrorCaught(TransportError.truncated)
    case .closing(let current):
      current.timer?.cancel()
      current.promise?.succeed(())
    case .failing(let timer):
      timer.cancel()
    case .idle, .closed:
      break
    }
    context.fireChannelInactive()
  }

  // MARK: Output

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let bytes = unwrapOutboundIn(data)
    let isTaken: Void? = withOutbox { $0.append(bytes, promise: promise) }
    if isTaken == nil { promise?.fail(TransportError.closed) }
  }

  func flush(context: ChannelHandlerContext) {
    withOutbox { $0.markFlush() }
    encryptPending(context)
    context.flush()
  }

  /// Lends the outbox of a state that has one. The state gives it up meanwhile: with a second reference to it
  /// every change would copy the queue.
  @discardableResult
  private func withOutbox<Result>(_ change: (inout TLSOutbox) -> Result) -> Result? {
    switch state {
    case .handshaking(var current):
      state = .closed
      defer { state = .handshaking(current) }
      return change(&current.outbox)
    case .active(var current):
      state = .closed
      defer { state = .active(current) }
      return change(&current.outbox)
    case .idle, .closing, .failing, .closed:
      return nil
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { encryptPending(context) }
    context.fireChannelWritabilityChanged()
  }

  /// Encrypts as long as the socket takes it; the rest stays as plaintext, which is not copied.
  private func encryptPending(_ context: ChannelHandlerContext, untilEmpty: Bool = false) {
    while case .active(let active) = state, active.outbox.hasFlushed,
      untilEmpty || context.channel.isWritable
    {
      let connection = active.connection
      guard let (slice, failure) = encryptSlice(with: connection) else { return }
      write(slice, context)
      if let failure {
        guard case .active(let current) = state else { return }
        return fail(failure, of: connection, outbox: current.outbox, context)
      }
      context.flush()
    }
  }

  private func encryptSlice(with connection: TLSConnection) -> (TLSOutbox.Slice, TLSFailure?)? {
    withOutbox { $0.encrypt(upTo: Self.sliceLimit, with: connection) }
  }

  private func write(_ slice: TLSOutbox.Slice, _ context: ChannelHandlerContext) {
    guard slice.promises.count > 1 else {
      return context.write(wrapOutboundOut(slice.ciphertext), promise: slice.promises.first)
    }
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.whenComplete { result in
      for waiting in slice.promises { waiting.completeWith(result) }
    }
    context.write(wrapOutboundOut(slice.ciphertext), promise: promise)
  }

  private func flushOutgoing(of connection: TLSConnection, _ context: ChannelHandlerContext) {
    guard let bytes = connection.takeOutgoing() else { return }
    context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
  }

  // MARK: Ending

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    guard mode == .all else {
      promise?.fail(ChannelError.operationUnsupported)
      return
    }
    switch state {
    case .active:
      // What was flushed goes before the close, whether or not the socket has room for it now.
      encryptPending(context, untilEmpty: true)
      guard case .active(var current) = state else { return context.close(mode: mode, promise: promise) }
      state = .closing(Closing(connection: current.connection, timer: nil, promise: promise))
      current.outbox.fail(TransportError.closed)
      current.connection.shutDown()
      writeLast(of: current.connection, context) { $0.startCloseTimer($1) }
      // Those above may have held reading up; the peer's answer must come all the same.
      context.read()
    case .handshaking(var current):
      state = .closed
      current.timer.cancel()
      current.outbox.fail(TransportError.closed)
      context.close(mode: mode, promise: promise)
    case .closing(let current):
      // Asked a second time: no more waiting.
      state = .closed
      current.timer?.cancel()
      context.close(mode: mode, promise: nil)
      current.promise?.succeed(())
      promise?.succeed(())
    case .failing(let timer):
      state = .closed
      timer.cancel()
      context.close(mode: mode, promise: promise)
    case .idle, .closed:
      context.close(mode: mode, promise: promise)
    }
  }

  private func startCloseTimer(_ context: ChannelHandlerContext) {
    guard case .closing(var current) = state else { return }
    current.timer = schedule(in: timeouts.close, context) { $0.finish($1) }
    state = .closing(current)
  }

  private func handshakeTimedOut(_ context: ChannelHandlerContext) {
    guard case .handshaking(let current) = state else { return }
    abandon(current.outbox, error: TransportError.handshakeTimedOut, context)
  }

  /// An alert, if OpenSSL made one, goes to the peer; then it is given time to read it.
  private func fail(
    _ failure: TLSFailure, of connection: TLSConnection, outbox: TLSOutbox, _ context: ChannelHandlerContext
  ) {
    guard let alert = connection.takeOutgoing() else {
      return abandon(outbox, error: failure, context)
    }
    var outbox = outbox
    state = .failing(timer: schedule(in: timeouts.linger, context) { $0.finish($1) })
    context.writeAndFlush(wrapOutboundOut(alert), promise: nil)
    outbox.fail(failure)
    context.fireErrorCaught(failure)
    context.read()
  }

  private func abandon(_ outbox: TLSOutbox, error: any Error, _ context: ChannelHandlerContext) {
    var outbox = outbox
    state = .closed
    outbox.fail(error)
    context.fireErrorCaught(error)
    context.close(promise: nil)
  }

  private func finish(_ context: ChannelHandlerContext) {
    let last = state
    state = .closed
    switch last {
    case .closing(let current):
      current.timer?.cancel()
      context.close(promise: current.promise)
    case .failing(let timer):
      timer.cancel()
      context.close(promise: nil)
    case .idle, .handshaking, .active, .closed:
      state = last
    }
  }

  /// Writes the close_notify and goes on when the socket has taken it.
  private func writeLast(
    of connection: TLSConnection, _ context: ChannelHandlerContext,
    then next: @escaping (TLSHandler, ChannelHandlerContext) -> Void
  ) {
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { [weak self] _ in
      if let self { next(self, context) }
    }
    context.writeAndFlush(wrapOutboundOut(connection.takeOutgoing() ?? ByteBuffer()), promise: promise)
  }

  private func schedule(
    in time: TimeAmount, _ context: ChannelHandlerContext,
    _ action: @escaping (TLSHandler, ChannelHandlerContext) -> Void
  ) -> Scheduled<Void> {
    context.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in
      if let self { action(self, context) }
    }
  }
}
