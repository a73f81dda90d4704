import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Transport

@Suite struct ConnectionTests {
  private let zoo: TestCertificates

  init() throws {
    zoo = try TestCertificates.shared.get()
  }

  private func listenerContext() throws -> TLSContext {
    try .listener(zoo.identity(.region), offersJoining: false)
  }

  private func dial(
    _ loopback: Loopback, as name: TestCertificates.Name = .county,
    limits: ConnectionLimits = .patient()
  ) async throws -> Connection {
    try await Dialler(context: .dialler(zoo.identity(name)), limits: limits)
      .connect(host: "127.0.0.1", port: loopback.port)
  }

  @Test func bothSidesKnowEachOtherAndTalk() async throws {
    let loopback = try await Loopback(listenerContext())
    let connection = try await dial(loopback)
    #expect(connection.alpn == .session)
    #expect(connection.peerChain == [try zoo.der("region"), try zoo.der("authority")])
    #expect(connection.ownCertificate == (try zoo.der("county")))
    #expect(connection.remoteAddress == PeerAddress(host: "127.0.0.1", port: loopback.port))
    for text in ["", "台账", "བཀྲ་ཤིས"] {
      let frame = Frame(type: 3, payload: ByteBuffer(string: text))
      try await connection.send(frame)
      #expect(try await connection.nextFrame() == frame)
    }
    await connection.close()
    #expect(try await connection.nextFrame() == nil)
    await #expect(throws: TransportError.closed) {
      try await connection.send(Frame(type: 1, payload: ByteBuffer()))
    }
    await loopback.stop()
  }

  @Test func theHandshakeIsCountedApart() async throws {
    let loopback = try await Loopback(listenerContext())
    let connection = try await dial(loopback)
    let before = connection.byteCounts
    #expect(before.handshakeSent > 500 && before.handshakeReceived > 500)
    #expect(before.sent == before.handshakeSent)
    try await connection.send(Frame(type: 1, payload: ByteBuffer(string: "12345")))
    _ = try await connection.nextFrame()
    let after = connection.byteCounts
    #expect(after.sent - after.handshakeSent == 5 + 5 + 22)
    #expect(after.received - after.handshakeReceived == 5 + 5 + 22)
    await connection.close()
    await loopback.stop()
  }

  @Test func aStrangerLearnsWhyOnTheFirstRead() async throws {
    let loopback = try await Loopback(listenerContext())
    let stranger = try await dial(loopback, trusting: "authority", as: .stranger)
    let error = await #expect(throws: TransportError.self) { _ = try await stranger.nextFrame() }
    guard case .tls(let failure) = error else { Issue.record("\(String(describing: error))"); return }
    #expect(failure.alertReceived == .unknownAuthority && failure.fault == .ours)
    guard case .tls(let seen) = await loopback.refusal() else { Issue.record("not refused"); return }
    #expect(seen.alertSent == .unknownAuthority && seen.fault == .peer)
    await loopback.stop()
  }

  private func dial(
    _ loopback: Loopback, trusting authority: String, as name: TestCertificates.Name
  ) async throws -> Connection {
    var identity = try zoo.identity(name)
    identity.authorityPEM = try zoo.text("\(authority).pem")
    return try await Dialler(context: .dialler(identity), limits: .patient()).connect(
      host: "127.0.0.1", port: loopback.port)
  }

  @Test func aListenerOfAnotherAuthorityIsNotBelieved() async throws {
    let loopback = try await Loopback(listenerContext())
    let error = await #expect(throws: TransportError.self) {
      _ = try await dial(loopback, trusting: "other-authority", as: .county)
    }
    guard case .tls(let failure) = error else { Issue.record("\(String(describing: error))"); return }
    #expect(failure.alertSent == .unknownAuthority && failure.chainFault != nil)
    await loopback.stop()
  }

  @Test func sixtyFourMegabytesArriveBothWays() async throws {
    let loopback = try await Loopback(listenerContext())
    let connection = try await dial(loopback)
    let count = 64
    let payload = ByteBuffer(bytes: (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) })
    async let received: Int = {
      var right = 0
      for try await frame in connection.inbound {
        if frame.payload == payload { right += 1 }
        if right == count { break }
      }
      return right
    }()
    for _ in 0..<count { try await connection.send(Frame(type: 1, payload: payload)) }
    #expect(try await received == count)
    await connection.close()
    await loopback.stop()
  }

  /// The listener takes nothing: the dialler's `send` has to stop, and nobody's memory grows.
  @Test func aPeerThatTakesNothingHoldsTheSenderUp() async throws {
    let release = AsyncStream.makeStream(of: Void.self)
    let loopback = try await Loopback(listenerContext()) { connection in
      for await _ in release.stream { break }
      try await Loopback.echo(connection)
    }
    let connection = try await dial(loopback)
    let sent = Mutex(0)
    let sending = Task {
      for _ in 0..<400 {
        try await connection.send(Frame(type: 1, payload: ByteBuffer(repeating: 1, count: 256 * 1024)))
        sent.withLock { $0 += 1 }
      }
    }
    while !connection.gate.holdsSomebodyUp, sent.withLock({ $0 }) < 400 { await Task.yield() }
    let last = sent.withLock { $0 }
    #expect(last < 200, "\(last) frames of 256 KiB went off to a peer that takes none")
    release.continuation.yield()
    var echoed = 0
    for try await _ in connection.inbound {
      echoed += 1
      if echoed == 400 { break }
    }
    try await sending.value
    await connection.close()
    await loopback.stop()
  }

  @Test func aFrameBeyondTheLimitEndsThatSessionAlone() async throws {
    let limits = ConnectionLimits.patient(frameBytes: 1000)
    let loopback = try await Loopback(listenerContext(), limits: limits) { connection in
      await #expect(throws: TransportError.frameTooLarge(FrameTooLarge(length: 1001, limit: 1000))) {
        for try await frame in connection.inbound { try await connection.send(frame) }
      }
    }
    let good = try await dial(loopback)
    let bad = try await dial(loopback)
    try await bad.send(Frame(type: 1, payload: ByteBuffer(repeating: 1, count: 1001)))
    #expect(try await bad.nextFrame() == nil)
    try await good.send(Frame(type: 1, payload: ByteBuffer(repeating: 1, count: 1000)))
    #expect(try await good.nextFrame()?.payload.readableBytes == 1000)
    // Ends this one's loop in the listener too: with an error that the expectation there would not get.
    try await good.send(Frame(type: 1, payload: ByteBuffer(repeating: 1, count: 1001)))
    #expect(try await good.nextFrame() == nil)
    await loopback.stop()
  }

  @Test func whoIsSentAFrameBeyondTheLimitMaySayWhy() async throws {
    let limits = ConnectionLimits.patient(frameBytes: 1000)
    let why = Frame(type: 7, payload: ByteBuffer(string: "too long"))
    let loopback = try await Loopback(listenerContext(), limits: limits) { connection in
      await #expect(throws: TransportError.frameTooLarge(FrameTooLarge(length: 1001, limit: 1000))) {
        _ = try await connection.nextFrame()
      }
      try await connection.send(why)
      await connection.close()
    }
    let connection = try await dial(loopback)
    try await connection.send(Frame(type: 1, payload: ByteBuffer(repeating: 1, count: 1001)))
    #expect(try await connection.nextFrame() == why)
    #expect(try await connection.nextFrame() == nil)
    await loopback.stop()
  }

  /// It used to be dropped without a word, and both sides waited for the answer to it.
  @Test func aFrameTooLargeToSendIsTheSendersError() async throws {
    let loopback = try await Loopback(listenerContext())
    let connection = try await dial(loopback, limits: .patient(frameBytes: 1000))
    let large = Frame(type: 1, payload: ByteBuffer(repeating: 1, count: 1001))
    let small = Frame(type: 2, payload: ByteBuffer(repeating: 1, count: 1000))
    await #expect(throws: TransportError.frameTooLarge(FrameTooLarge(length: 1001, limit: 1000))) {
      try await connection.send([small, large, small])
    }
    // Nothing of that was sent, and the connection goes on.
    let last = Frame(type: 3, payload: ByteBuffer())
    try await connection.send(last)
    #expect(try await connection.nextFrame() == last)
    await connection.close()
    await loopback.stop()
  }

  /// Invariant 8: a peer that takes nothing does not keep its place behind our own close.
  /// Were it waited for, it would be for as long as an idle peer is given, and that is longer than the test.
  @Test(.timeLimit(.minutes(10))) func aCloseDoesNotWaitForAPeerThatTakesNothing() async throws {
    let release = AsyncStream.makeStream(of: Void.self)
    let small = Frame(type: 1, payload: ByteBuffer(repeating: 1, count: 4000))
    let loopback = try await Loopback(listenerContext()) { connection in
      // More than the dialler keeps, so that it does not read on; and nothing is taken here.
      try await connection.send([small, small, small])
      for await _ in release.stream { break }
    }
    var limits = ConnectionLimits.patient(inboundBytes: 1000)
    limits.closeTime = .seconds(1)
    limits.outboundBytes = 64 << 20
    let connection = try await dial(loopback, limits: limits)
    #expect(try await connection.nextFrame() == small)
    // More than both sockets hold.
    let large = Frame(type: 1, payload: ByteBuffer(repeating: 1, count: 1 << 20))
    try await connection.send([Frame](repeating: large, count: 32))
    await connection.close()
    release.continuation.yield()
    await loopback.stop()
  }

  @Test func aSilentPeerIsLetGo() async throws {
    let loopback = try await Loopback(listenerContext())
    let connection = try await dial(loopback, limits: ConnectionLimits(idleTime: .milliseconds(100)))
    await #expect(throws: TransportError.idleTimedOut) { _ = try await connection.nextFrame() }
    await loopback.stop()
  }

  @Test func theTotalTimeEndsALivelyConnection() async throws {
    let loopback = try await Loopback(listenerContext())
    let connection = try await dial(loopback, limits: ConnectionLimits(totalTime: .milliseconds(300)))
    await #expect(throws: TransportError.totalTimeReached) {
      try await connection.send(Frame(type: 1, payload: ByteBuffer(string: "again")))
      for try await frame in connection.inbound { try await connection.send(frame) }
    }
    await loopback.stop()
  }

  @Test func aConnectionThatNobodyHoldsCloses() async throws {
    let ended = AsyncStream.makeStream(of: Void.self)
    let loopback = try await Loopback(listenerContext()) { connection in
      for try await _ in connection.inbound {}
      ended.continuation.yield()
    }
    _ = try await dial(loopback)
    for await _ in ended.stream { break }
    await loopback.stop()
  }

  /// The close comes while frames lie here that nobody took, with the socket not read any more. Were the peer's answer not
  /// read, it would be waited for longer than the test may take.
  @Test(.timeLimit(.minutes(10))) func aCloseInTheMiddleOfAFloodIsClean() async throws {
    let loopback = try await Loopback(listenerContext()) { connection in
      let frame = Frame(type: 1, payload: ByteBuffer(repeating: 1, count: 64 * 1024))
      while true { try await connection.send(frame) }
    }
    let connection = try await dial(loopback, limits: .patient(inboundBytes: 100_000))
    _ = try await connection.nextFrame()
    while !connection.queue.holdsReadingBack { await Task.yield() }
    await connection.close()
    await loopback.stop()
  }

  @Test func waitingEndsWithTheTask() async throws {
    let loopback = try await Loopback(listenerContext())
    let connection = try await dial(loopback)
    let waiting = Task { try await connection.nextFrame() }
    waiting.cancel()
    await #expect(throws: TransportError.cancelled) { _ = try await waiting.value }
    await connection.close()
    await loopback.stop()
  }

  @Test func aHostThatIsNotThereIsNamed() async throws {
    let loopback = try await Loopback(listenerContext())
    let port = loopback.port
    await loopback.stop()
    let dialler = Dialler(context: try .dialler(zoo.identity(.county)), limits: .patient())
    await #expect(throws: TransportError.refused(host: "127.0.0.1", port: port)) {
      _ = try await dialler.connect(host: "127.0.0.1", port: port)
    }
    await #expect(throws: TransportError.unresolved(host: "no-such-host.invalid")) {
      _ = try await dialler.connect(host: "no-such-host.invalid", port: 1)
    }
  }

  @Test func aListenerThatNeverSpeaksTimesOut() async throws {
    let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let dialler = Dialler(
      context: try .dialler(zoo.identity(.county)),
      limits: ConnectionLimits(handshakeTime: .milliseconds(100)))
    await #expect(throws: TransportError.handshakeTimedOut) {
      _ = try await dialler.connect(host: "127.0.0.1", port: silent.localAddress?.port ?? 0)
    }
    try await silent.close()
  }

  @Test func keysAndCertificatesThatDoNotFitAreNamed() throws {
    var identity = try zoo.identity(.county)
    identity.privateKeyPEM = try zoo.text("region.key")
    #expect { try TLSContext.dialler(identity) } throws: {
      if case .keyDoesNotFit = $0 as? TLSContextError { true } else { false }
    }
    identity.privateKeyPEM = "nonsense"
    #expect { try TLSContext.dialler(identity) } throws: {
      if case .unreadableKey = $0 as? TLSContextError { true } else { false }
    }
    identity.certificateChainPEM = ""
    #expect { try TLSContext.dialler(identity) } throws: {
      if case .unreadableCertificate = $0 as? TLSContextError { true } else { false }
    }
  }
}
