import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Transport

/// Invariant 8 (boundedness) at the door: what strangers do costs little and harms no session.
@Suite struct HostileDiallersTests {
  private let zoo: TestCertificates

  init() throws {
    zoo = try TestCertificates.shared.get()
  }

  private func context() throws -> TLSContext {
    try .listener(zoo.identity(.region), offersJoining: true)
  }

  /// A plain socket: it says one thing, or nothing, and stays.
  private func socket(_ port: Int, says bytes: [UInt8]) async throws -> any Channel {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port).get()
    // A listener that has closed already is as good an end as any.
    if !bytes.isEmpty { try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }
    return channel
  }

  /// The beginning of a handshake that never goes on.
  private func halfHello() throws -> [UInt8] {
    let connection = try TLSConnection(context: .dialler(zoo.identity(.county)))
    _ = connection.handshake()
    let hello = connection.takeOutgoing() ?? ByteBuffer()
    return Array(hello.readableBytesView.prefix(hello.readableBytes / 2))
  }

  @Test func threeHundredOfThemLeaveASessionUnharmed() async throws {
    // Long enough for a good dialler on a machine that has much else to do, short enough to be waited for.
    let limits = ConnectionLimits(
      handshakeTime: .seconds(15), idleTime: .seconds(600), lingerTime: .milliseconds(200))
    let loopback = try await Loopback(
      context(), limits: limits, admission: ListenerLimits(connections: 400, connectionsPerHost: 400))
    let good = try await Dialler(context: .dialler(zoo.identity(.county)), limits: .patient())
      .connect(host: "127.0.0.1", port: loopback.port)
    let half = try halfHello()
    let garbage = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 197 &+ $0 >> 3) }
    let openings = [garbage, [], half, Array("GET / HTTP/1.1\r\n\r\n".utf8), [22, 3, 1, 255, 255] + garbage]
    let payload = ByteBuffer(repeating: 5, count: 64 * 1024)
    var sockets: [any Channel] = []
    for index in 0..<300 {
      sockets.append(try await socket(loopback.port, says: openings[index % openings.count]))
      try await good.send(Frame(type: 1, payload: payload))
      #expect(try await good.nextFrame()?.payload == payload)
    }
    // Every one is shown the door in time, the silent ones too.
    for socket in sockets { try await socket.closeFuture.get() }
    _ = await loopback.refusal(300)
    #expect(loopback.refusals.all.count == 300)
    try await good.send(Frame(type: 2, payload: ByteBuffer(string: "still here")))
    #expect(try await good.nextFrame()?.type == 2)
    await good.close()
    await loopback.stop()
  }

  @Test func silentOnesPushOutOneAnotherAndKeepNobodyOut() async throws {
    let loopback = try await Loopback(
      context(), limits: .patient(), admission: ListenerLimits(connections: 8, connectionsPerHost: 8))
    let dialler = Dialler(context: try .dialler(zoo.identity(.county)), limits: .patient())
    let early = try await dialler.connect(host: "127.0.0.1", port: loopback.port)
    var sockets: [any Channel] = []
    for _ in 0..<40 { sockets.append(try await socket(loopback.port, says: [])) }
    let late = try await dialler.connect(host: "127.0.0.1", port: loopback.port)
    let payload = ByteBuffer(string: "still here")
    for good in [early, late] {
      try await good.send(Frame(type: 1, payload: payload))
      #expect(try await good.nextFrame()?.payload == payload)
    }
    #expect(await loopback.refusal() == .tooManyConnections)
    for socket in sockets { try? await socket.close() }
    await early.close()
    await late.close()
    await loopback.stop()
  }

  @Test func aDiallerThatVanishesMidSessionIsTruncated() async throws {
    let seen = AsyncStream.makeStream(of: TransportError?.self)
    let loopback = try await Loopback(context()) { connection in
      do throws(TransportError) {
        for try await _ in connection.inbound {}
        seen.continuation.yield(nil)
      } catch {
        seen.continuation.yield(error)
      }
    }
    let channel = try await vanishingDialler(loopback.port)
    for await error in seen.stream {
      #expect(error == .truncated)
      break
    }
    #expect(!channel.isActive)
    await loopback.stop()
  }

  /// A dialler that completes the handshake and closes its socket without a word of TLS.
  private func vanishingDialler(_ port: Int) async throws -> any Channel {
    let context = try TLSContext.dialler(zoo.identity(.county))
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers(
            TLSHandler(connection: TLSConnection(context: context), timeouts: TLSPair.timeouts), Vanishing())
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    try await channel.closeFuture.get()
    return channel
  }

  private final class Vanishing: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      guard event is TLSHandshakeCompleted else { return }
      // From the head, so that TLS does not hear of it.
      let head = try? context.pipeline.syncOperations.context(handlerType: TLSHandler.self)
      head?.close(promise: nil)
    }
  }

  @Test func beyondTheCapADiallerIsToldAndOthersGoOn() async throws {
    let loopback = try await Loopback(
      context(), admission: ListenerLimits(connections: 2, connectionsPerHost: 2))
    let dialler = Dialler(context: try .dialler(zoo.identity(.county)), limits: .patient())
    let first = try await dialler.connect(host: "127.0.0.1", port: loopback.port)
    let second = try await dialler.connect(host: "127.0.0.1", port: loopback.port)
    let error = await #expect(throws: TransportError.self) {
      _ = try await dialler.connect(host: "127.0.0.1", port: loopback.port)
    }
    guard case .tls(let failure) = error else { Issue.record("\(String(describing: error))"); return }
    #expect(failure.alertReceived == .internalError)
    #expect(await loopback.refusal() == .tooManyConnections)
    await second.close()
    // The place is free once the listener's side has closed as well.
    var third: Connection?
    while third == nil { third = try? await dialler.connect(host: "127.0.0.1", port: loopback.port) }
    let frame = Frame(type: 1, payload: ByteBuffer(string: "a"))
    try await first.send(frame)
    #expect(try await first.nextFrame() == frame)
    await loopback.stop()
  }

  /// What a gate answers, without the tickets.
  private func answers(_ gate: AdmissionGate, _ hosts: String...) -> [String] {
    hosts.map { host in
      switch gate.enter(host, pushOut: {}) {
      case .admitted(let ticket):
        gate.noteEstablished(ticket)
        return "admitted"
      case .refused: return "refused"
      case .dropped: return "dropped"
      }
    }
  }

  @Test func onePlaceIsHeldForEachConnectionAndGivenBack() {
    let gate = AdmissionGate(limits: ListenerLimits(connections: 3, connectionsPerHost: 2))
    let first = gate.enter("a", pushOut: {})
    guard case .admitted(let ticket) = first else { Issue.record("\(first)"); return }
    gate.noteEstablished(ticket)
    #expect(answers(gate, "a", "a", "b", "b") == ["admitted", "refused", "admitted", "refused"])
    gate.leave(after: first)
    gate.leave(after: first)
    #expect(answers(gate, "b", "c", "c") == ["admitted", "refused", "dropped"])
  }

  @Test func theOldestThatHasNotProvedItselfMakesRoom() {
    let gate = AdmissionGate(limits: ListenerLimits(connections: 3, connectionsPerHost: 2))
    let pushedOut = Mutex<[String]>([])
    func enter(_ host: String, _ name: String) -> AdmissionGate.Verdict {
      gate.enter(host) { pushedOut.withLock { $0.append(name) } }
    }
    let first = enter("a", "first")
    guard case .admitted(let ticket) = first else { Issue.record("\(first)"); return }
    gate.noteEstablished(ticket)
    let second = enter("a", "second")
    _ = enter("b", "third")
    // Its address is full: another of the same address goes, though there is an older one elsewhere.
    _ = enter("a", "fourth")
    #expect(pushedOut.withLock { $0 } == ["second"])
    gate.leave(after: second)
    // All places are taken: the oldest goes.
    _ = enter("c", "fifth")
    #expect(pushedOut.withLock { $0 } == ["second", "third"])
  }
}
