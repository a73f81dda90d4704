import NIOCore
import Testing

@testable import Transport

@Suite struct JoiningTests {
  private let zoo: TestCertificates

  init() throws {
    zoo = try TestCertificates.shared.get()
  }

  private func listener(_ name: TestCertificates.Name = .region, offersJoining: Bool = true) async throws
    -> Loopback
  {
    try await Loopback(.listener(zoo.identity(name), offersJoining: offersJoining)) { connection in
      // The listener says what it saw: a digit for the protocol, then the peer's certificate.
      let leaf = connection.peerChain.first ?? []
      let kind: UInt8 = connection.alpn == .joining ? 1 : 0
      try await connection.send(Frame(type: kind, payload: ByteBuffer(bytes: leaf)))
      await connection.close()
    }
  }

  private func join(
    _ loopback: Loopback, pin: String
  ) async throws -> Connection {
    let context = try TLSContext.joiningDialler(authorityFingerprint: zoo.fingerprint(pin))
    return try await Dialler(context: context, limits: .patient()).connect(
      host: "127.0.0.1", port: loopback.port)
  }

  @Test(arguments: [TestCertificates.Name.region, .village])
  func aComputerThatKnowsTheFingerprintJoins(at office: TestCertificates.Name) async throws {
    let loopback = try await listener(office)
    let connection = try await join(loopback, pin: "authority")
    #expect(connection.alpn == .joining)
    #expect(connection.peerChain.first == (try zoo.der(office.rawValue)))
    #expect(connection.peerChain.last == (try zoo.der("authority")))
    #expect(connection.ownCertificate == nil)
    let seen = try await connection.nextFrame()
    // It has no certificate to show yet.
    #expect(seen == Frame(type: 1, payload: ByteBuffer()))
    await loopback.stop()
  }

  /// Invariant 8: who joins has shown nothing, so that it gets no room for more than its question.
  @Test func aQuestionThatIsTooLongIsNotRead() async throws {
    let seen = AsyncStream.makeStream(of: TransportError?.self)
    let loopback = try await Loopback(
      .listener(zoo.identity(.region), offersJoining: true), limits: .patient()
    ) { connection in
      do throws(TransportError) {
        _ = try await connection.nextFrame()
        seen.continuation.yield(nil)
      } catch {
        seen.continuation.yield(error)
      }
      await connection.close()
    }
    let joiner = try await join(loopback, pin: "authority")
    let limit = JoiningLimits().frameBytes
    try await joiner.send(Frame(type: 8, payload: ByteBuffer(repeating: 1, count: limit + 1)))
    for await error in seen.stream {
      #expect(error == .frameTooLarge(FrameTooLarge(length: limit + 1, limit: limit)))
      break
    }
    // Others may send as much as ever.
    let office = try await Dialler(context: .dialler(zoo.identity(.county)), limits: .patient())
      .connect(host: "127.0.0.1", port: loopback.port)
    try await office.send(Frame(type: 4, payload: ByteBuffer(repeating: 1, count: limit + 1)))
    for await error in seen.stream {
      #expect(error == nil)
      break
    }
    await loopback.stop()
  }

  /// Invariant 8: those that join and say nothing more keep no office out.
  @Test func thoseThatJoinMakeRoomForOffices() async throws {
    let loopback = try await Loopback(
      .listener(zoo.identity(.region), offersJoining: true), limits: .patient(),
      admission: ListenerLimits(connections: 4, connectionsPerHost: 4))
    var joiners: [Connection] = []
    for _ in 0..<6 { joiners.append(try await join(loopback, pin: "authority")) }
    let office = try await Dialler(context: .dialler(zoo.identity(.county)), limits: .patient())
      .connect(host: "127.0.0.1", port: loopback.port)
    let frame = Frame(type: 1, payload: ByteBuffer(string: "an office"))
    try await office.send(frame)
    #expect(try await office.nextFrame() == frame)
    // The oldest are gone, the newest still stand.
    await #expect(throws: TransportError.self) {
      try await joiners[0].send(frame)
      guard try await joiners[0].nextFrame() != nil else { throw TransportError.closed }
    }
    let last = joiners[5]
    try await last.send(frame)
    #expect(try await last.nextFrame() == frame)
    await loopback.stop()
  }

  @Test func anotherFingerprintIsNotBelieved() async throws {
    let loopback = try await listener()
    let error = await #expect(throws: TransportError.self) {
      _ = try await join(loopback, pin: "other-authority")
    }
    guard case .tls(let failure) = error else { Issue.record("\(String(describing: error))"); return }
    #expect(failure.alertSent == .unknownAuthority)
    await loopback.stop()
  }

  /// The root is public: whoever appends it to a chain that it did not sign must gain nothing.
  @Test func aChainThatOnlyShowsTheRootIsNotBelieved() async throws {
    var forged = try zoo.identity(.stranger)
    forged.certificateChainPEM += try zoo.text("authority.pem")
    forged.authorityPEM = try zoo.text("authority.pem")
    let loopback = try await Loopback(.listener(forged, offersJoining: true))
    await #expect(throws: TransportError.self) {
      _ = try await join(loopback, pin: "authority")
    }
    await loopback.stop()
  }

  @Test func aListenerThatDoesNotEnrolSaysSo() async throws {
    let loopback = try await listener(offersJoining: false)
    let error = await #expect(throws: TransportError.self) {
      _ = try await join(loopback, pin: "authority")
    }
    guard case .tls(let failure) = error else { Issue.record("\(String(describing: error))"); return }
    #expect(failure.alertReceived == .noApplicationProtocol)
    await loopback.stop()
  }

  /// A listener that enrols is no less strict with sessions.
  @Test func aSessionStillNeedsACertificateOfTheAuthority() async throws {
    let loopback = try await listener()
    let good = try await Dialler(context: .dialler(zoo.identity(.county)), limits: .patient())
      .connect(host: "127.0.0.1", port: loopback.port)
    #expect(try await good.nextFrame()?.type == 0)
    let impostor = TLSIdentity(
      certificateChainPEM: try zoo.text("joiner.pem"), privateKeyPEM: try zoo.text("joiner.key"),
      authorityPEM: try zoo.text("authority.pem"))
    let bad = try await Dialler(context: .dialler(impostor), limits: .patient()).connect(
      host: "127.0.0.1", port: loopback.port)
    await #expect(throws: TransportError.self) { _ = try await bad.nextFrame() }
    await loopback.stop()
  }
}
