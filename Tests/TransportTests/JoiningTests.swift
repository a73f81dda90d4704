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
    _ loopback: Loopback, pin: String, identity: JoiningIdentity?
  ) async throws -> Connection {
    let context = try TLSContext.joiningDialler(
      authorityFingerprint: zoo.fingerprint(pin), identity: identity)
    return try await Dialler(context: context, limits: .patient()).connect(
      host: "127.0.0.1", port: loopback.port)
  }

  @Test(arguments: [TestCertificates.Name.region, .village])
  func aComputerThatKnowsTheFingerprintJoins(at office: TestCertificates.Name) async throws {
    let loopback = try await listener(office)
    let connection = try await join(loopback, pin: "authority", identity: zoo.joiner())
    #expect(connection.alpn == .joining)
    #expect(connection.peerChain.first == (try zoo.der(office.rawValue)))
    #expect(connection.peerChain.last == (try zoo.der("authority")))
    let seen = try await connection.nextFrame()
    #expect(seen == Frame(type: 1, payload: ByteBuffer(bytes: try zoo.der("joiner"))))
    await loopback.stop()
  }

  @Test func itMayShowNothing() async throws {
    let loopback = try await listener()
    let connection = try await join(loopback, pin: "authority", identity: nil)
    #expect(try await connection.nextFrame() == Frame(type: 1, payload: ByteBuffer()))
    await loopback.stop()
  }

  @Test func anotherFingerprintIsNotBelieved() async throws {
    let loopback = try await listener()
    let error = await #expect(throws: TransportError.self) {
      _ = try await join(loopback, pin: "other-authority", identity: zoo.joiner())
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
      _ = try await join(loopback, pin: "authority", identity: zoo.joiner())
    }
    await loopback.stop()
  }

  @Test func aListenerThatDoesNotEnrolSaysSo() async throws {
    let loopback = try await listener(offersJoining: false)
    let error = await #expect(throws: TransportError.self) {
      _ = try await join(loopback, pin: "authority", identity: zoo.joiner())
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
    let joiner = try zoo.joiner()
    let impostor = TLSIdentity(
      certificateChainPEM: joiner.certificatePEM, privateKeyPEM: joiner.privateKeyPEM,
      authorityPEM: try zoo.text("authority.pem"))
    let bad = try await Dialler(context: .dialler(impostor), limits: .patient()).connect(
      host: "127.0.0.1", port: loopback.port)
    await #expect(throws: TransportError.self) { _ = try await bad.nextFrame() }
    await loopback.stop()
  }
}
