import NIOCore

/// A verified peer at the other end of a TLS connection, for the task that drives a session with it.
///
/// With TLS 1.3 a dialler's handshake is over before the listener has judged the dialler's certificate. A
/// refusal then comes as the error of the first `inbound` frame, with the alert in it.
public final class Connection: Sendable {
  /// The peer's certificates in DER, its own first, the root last; verified, unless `alpn` is `joining`: on
  /// the listener's side that is what the computer that joins has signed itself, or empty.
  public let peerChain: [[UInt8]]
  /// The certificate in DER that this side had in the handshake, whatever it has by now; nil for a dialler that joins.
  public let ownCertificate: [UInt8]?
  public let alpn: ApplicationProtocol
  public let remoteAddress: PeerAddress

  private let channel: any Channel
  let queue: InboundQueue
  let gate: SendGate
  private let meter: ByteMeter
  private let limits: ConnectionLimits

  init(
    channel: any Channel, queue: InboundQueue, gate: SendGate, meter: ByteMeter, limits: ConnectionLimits,
    peerChain: [[UInt8]], ownCertificate: [UInt8]?, alpn: ApplicationProtocol
  ) {
    self.channel = channel
    self.queue = queue
    self.gate = gate
    self.meter = meter
    self.limits = limits
    self.peerChain = peerChain
    self.ownCertificate = ownCertificate
    self.alpn = alpn
    remoteAddress = PeerAddress(channel.remoteAddress)
  }

  deinit {
    // Nobody can read from it or send any more.
    channel.close(promise: nil)
  }

  /// The peer's frames, for one task at a time. It ends where the peer closes as TLS demands, or where this
  /// side does, and throws a `TransportError` where anything else ends it.
  public var inbound: InboundFrames { InboundFrames(connection: self) }

  /// Bytes on the socket until now.
  public var byteCounts: ByteCounts { meter.counts }

  /// Sends a frame; waits while too much is on its way.
  public func send(_ frame: Frame) async throws(TransportError) {
    try await send(CollectionOfOne(frame))
  }

  /// Sends frames in one go, so that small ones share a TLS record.
  ///
  /// - Throws: `frameTooLarge` before any of them is sent, where one is beyond the limit.
  public func send(_ frames: some Collection<Frame>) async throws(TransportError) {
    for frame in frames where frame.payload.readableBytes > limits.frameBytes {
      throw .frameTooLarge(FrameTooLarge(length: frame.payload.readableBytes, limit: limits.frameBytes))
    }
    var batch: [Frame] = []
    for frame in frames {
      if !gate.tryEnter(frame.wireLength) {
        // What has entered must leave before room for more can be waited for.
        write(batch)
        batch.removeAll(keepingCapacity: true)
        try await gate.enter(frame.wireLength)
      }
      batch.append(frame)
    }
    write(batch)
  }

  /// Writes frames that have entered the gate: one turn of the event loop and one promise for all of them.
  private func write(_ batch: [Frame]) {
    guard let last = batch.last else { return }
    let bytes = batch.reduce(0) { $0 + $1.wireLength }
    let written = channel.eventLoop.makePromise(of: Void.self)
    written.futureResult.whenComplete { [gate] _ in gate.leave(bytes) }
    channel.eventLoop.execute { [channel] in
      for frame in batch.dropLast() { channel.write(frame, promise: nil) }
      channel.writeAndFlush(last, promise: written)
    }
  }

  /// Waits until the socket has taken all that was sent.
  public func drain() async throws(TransportError) {
    try await gate.drain()
  }

  /// Sends what is still on its way, as long as the peer takes it, then says so to the peer (close_notify), waits
  /// for the same from it as long as the limits allow, and closes. `inbound` ends.
  public func close() async {
    let watch = channel.eventLoop.scheduleRepeatedTask(
      initialDelay: TimeAmount(limits.closeTime), delay: TimeAmount(limits.closeTime)
    ) { [channel, gate, meter, limits] _ in
      // A slow link is given its time; a peer that takes nothing would keep its place.
      guard meter.lastTaken + TimeAmount(limits.closeTime) <= .now() else { return }
      gate.close(.closed)
      // Nor will it take that this side closes: closed a second time below, TLS waits for nobody.
      channel.close(promise: nil)
    }
    // A broken connection has nothing left to drain; it is closed all the same.
    try? await gate.drain()
    watch.cancel()
    gate.close(.closed)
    queue.finish(nil)
    try? await channel.close().get()
  }

  fileprivate func nextIfArrived() -> Frame? {
    queue.nextIfArrived()
  }

  fileprivate func next() async throws(TransportError) -> Frame? {
    try await queue.next()
  }
}

/// The frames that a peer sends, in order.
public struct InboundFrames: AsyncSequence, Sendable {
  fileprivate let connection: Connection

  public func makeAsyncIterator() -> Iterator {
    Iterator(connection: connection)
  }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let connection: Connection

    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(TransportError) -> Frame? {
      // What is there already is had without leaving the caller's actor.
      if let frame = connection.nextIfArrived() { return frame }
      return try await connection.next()
    }
  }
}
