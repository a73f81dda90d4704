public import NIOCore
import NIOPosix

/// Reaches a listener.
public struct Dialler: Sendable {
  public var context: TLSContext
  public var limits: ConnectionLimits
  private let group: any EventLoopGroup

  /// - Parameter group: NIO's shared one where it is nil.
  public init(
    context: TLSContext, limits: ConnectionLimits = ConnectionLimits(), group: (any EventLoopGroup)? = nil
  ) {
    self.context = context
    self.limits = limits
    self.group = group ?? MultiThreadedEventLoopGroup.singleton
  }

  /// Connects and completes the handshake.
  public func connect(host: String, port: Int) async throws(TransportError) -> Connection {
    let established: EventLoopFuture<Connection>
    do {
      established = try await bootstrap().connect(host: host, port: port) { [context, limits] channel in
        // The connection itself comes after the handshake; connecting waits for the handlers only.
        channel.eventLoop.makeCompletedFuture {
          try ConnectionPipeline.build(on: channel, context: context, limits: limits)
        }
      }
    } catch {
      throw TransportError(dialError: error, host: host, port: port)
    }
    do {
      return try await established.get()
    } catch {
      throw TransportError(pipelineError: error)
    }
  }

  private func bootstrap() -> ClientBootstrap {
    ClientBootstrap(group: group)
      .connectTimeout(TimeAmount(limits.connectTime))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.writeBufferWaterMark, value: .connection)
  }
}

extension ChannelOptions.Types.WriteBufferWaterMark {
  /// Enough ciphertext to keep a fast socket busy between two turns of the event loop.
  static let connection = ChannelOptions.Types.WriteBufferWaterMark(low: 64 * 1024, high: 256 * 1024)
}
