import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

/// The times of a connection to the second, by a loop that is told what time it is.
@Suite struct DeadlineTests {
  private static let idle: Int64 = 60
  private static let total: Int64 = 12 * 3600
  private static let joining: Int64 = 20

  private struct Pair {
    let channel: EmbeddedChannel
    let meter: ByteMeter

    init(alpn: ApplicationProtocol = .session) throws {
      channel = EmbeddedChannel()
      meter = ByteMeter(now: channel.embeddedEventLoop.now)
      let handler = DeadlineHandler(
        idle: .seconds(DeadlineTests.idle), total: .seconds(DeadlineTests.total),
        joiningTotal: .seconds(DeadlineTests.joining), meter: meter)
      try channel.pipeline.syncOperations.addHandlers([ByteCounter(meter: meter), handler])
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
      channel.pipeline.fireUserInboundEventTriggered(
        TLSHandshakeCompleted(peerChain: [], ownCertificate: nil, alpn: alpn, unread: 0))
      channel.read()
    }

    func advance(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    /// The error that has come since it was last asked; nil where there is none.
    func error() -> TransportError? {
      do {
        try channel.throwIfErrorCaught()
        return nil
      } catch {
        return error as? TransportError
      }
    }
  }

  @Test func idleTime() throws {
    let pair = try Pair()
    pair.advance(DeadlineTests.idle - 1)
    #expect(pair.error() == nil && pair.channel.isActive)
    try pair.channel.writeInbound(ByteBuffer(string: "x"))
    pair.channel.read()
    pair.advance(DeadlineTests.idle - 1)
    #expect(pair.error() == nil && pair.channel.isActive)
    pair.advance(1)
    #expect(pair.error() == .idleTimedOut)
    #expect(!pair.channel.isActive)
  }

  @Test func totalTime() throws {
    let pair = try Pair()
    for _ in 0..<(DeadlineTests.total / 30 - 1) {
      pair.advance(30)
      try pair.channel.writeInbound(ByteBuffer(string: "x"))
    }
    pair.advance(29)
    #expect(pair.error() == nil && pair.channel.isActive)
    pair.advance(1)
    #expect(pair.error() == .totalTimeReached)
    #expect(!pair.channel.isActive)
  }

  /// Who joins drips a byte now and then to keep its place.
  @Test func totalTimeOfJoining() throws {
    let pair = try Pair(alpn: .joining)
    for _ in 0..<(DeadlineTests.joining - 1) {
      pair.advance(1)
      try pair.channel.writeInbound(ByteBuffer(string: "x"))
    }
    #expect(pair.error() == nil && pair.channel.isActive)
    pair.advance(1)
    #expect(pair.error() == .totalTimeReached)
    #expect(!pair.channel.isActive)
  }
}
