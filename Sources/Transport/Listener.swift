public import NIOCore
import NIOPosix

/// Waits for diallers and hands out those that have proved themselves.
public final class Listener: Sendable {
  /// Where it stands; with port 0 asked for, the port that the system chose.
  public let address: PeerAddress
  /// Connections after their handshake, for one task. It ends when the listener is closed.
  public let connections: AsyncStream<Connection>

  private let channel: any Channel
  private let arrivals: AsyncStream<Connection>.Continuation

  /// Begins to listen.
  /// - Parameters:
  ///   - context: asked for at each dialler, on an event loop: what is shown may be renewed meanwhile.
  ///   - group: NIO's shared one where it is nil.
  ///   - refused: told of every dialler that came to no connection, and why, for a log; called on an event
  ///     loop, so it must not block.
  public static func bind(
    host: String, port: Int, context: @escaping @autoclosure @Sendable () -> TLSContext,
    limits: ConnectionLimits = ConnectionLimits(),
    admission: ListenerLimits = ListenerLimits(), group: (any EventLoopGroup)? = nil,
    refused: @escaping @Sendable (PeerAddress, TransportError) -> Void = { _, _ in }
  ) async throws(TransportError) -> Listener {
    let (connections, arrivals) = AsyncStream.makeStream(of: Connection.self)
    let doorkeeper = Doorkeeper(
      context: context, limits: limits, gate: AdmissionGate(limits: admission), arrivals: arrivals,
      refused: refused)
    let bootstrap = ServerBootstrap(group: group ?? MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.writeBufferWaterMark, value: .connection)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try doorkeeper.receive(channel) }
      }
    do {
      let channel = try await bootstrap.bind(host: host, port: port).get()
      return Listener(channel: channel, connections: connections, arrivals: arrivals)
    } catch let error as IOError {
      throw .cannotListen(host: host, port: port, errno: error.errnoCode)
    } catch  where error is SocketAddressError || error is SocketAddressError.UnknownHost {
      throw .unresolved(host: host)
    } catch {
      throw TransportError(pipelineError: error)
    }
  }

  private init(
    channel: any Channel, connections: AsyncStream<Connection>,
    arrivals: AsyncStream<Connection>.Continuation
  ) {
    self.channel = channel
    self.connections = connections
    self.arrivals = arrivals
    address = PeerAddress(channel.localAddress)
  }

  deinit {
    channel.close(promise: nil)
    arrivals.finish()
  }

  /// Takes no more diallers. Connections handed out live on.
  public func close() async {
    try? await channel.close().get()
    arrivals.finish()
  }
}

/// What happens to a dialler between the socket and the listener's stream.
private struct Doorkeeper: Sendable {
  let context: @Sendable () -> TLSContext
  let limits: ConnectionLimits
  let gate: AdmissionGate
  let arrivals: AsyncStream<Connection>.Continuation
  let refused: @Sendable (PeerAddress, TransportError) -> Void

  func receive(_ channel: any Channel) throws {
    let address = PeerAddress(channel.remoteAddress)
    let verdict = gate.enter(address.host) {
      channel.eventLoop.execute {
        channel.pipeline.fireErrorCaught(TransportError.tooManyConnections)
        channel.close(promise: nil)
      }
    }
    channel.closeFuture.whenComplete { [gate] _ in gate.leave(after: verdict) }
    switch verdict {
    case .admitted(let ticket):
      try admit(channel, address, ticket)
    case .refused:
      refused(address, .tooManyConnections)
      try channel.pipeline.syncOperations.addHandler(
        RefusalHandler(linger: TimeAmount(limits.lingerTime)))
    case .dropped:
      refused(address, .tooManyConnections)
      throw TransportError.tooManyConnections
    }
  }

  private func admit(
    _ channel: any Channel, _ address: PeerAddress, _ ticket: AdmissionGate.Ticket
  ) throws {
    let established = try ConnectionPipeline.build(on: channel, context: context(), limits: limits)
    established.whenComplete { [arrivals, refused, gate] result in
      switch result {
      case .success(let connection):
        // Who joins has proved nothing yet, and makes room as any other stranger does.
        if connection.alpn == .session { gate.noteEstablished(ticket) }
        // Where nobody listens to the stream any more the connection goes with its last reference.
        arrivals.yield(connection)
      case .failure(let error):
        refused(address, TransportError(pipelineError: error))
      }
    }
  }
}
