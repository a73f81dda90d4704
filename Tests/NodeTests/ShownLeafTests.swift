import Ledger
import Replication
import Store
import Testing
import Transport
import Trust
import Wire

@testable import Node

/// What a session goes by is the certificate that the peer was shown, though there be another one by now.
@Suite struct ShownLeafTests {
  /// The certificate is renewed between the handshake and the session: under the new one the two would not agree on
  /// what both may read, and a session at rest would never notice.
  @Test func aRenewalAfterTheHandshakeIsNotWhatThePeerWasShown() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let former = try #require(lhasa.identity.chain.first)
    _ = try await serving(region) { address in
      let connection = try await lhasa.dial(address)
      let peer = try TrustedPeer(chain: connection.peerChain, node: lhasa)
      _ = try offices.join(lhasa, by: region)
      _ = try lhasa.renewIdentity()
      #expect(lhasa.identity.chain.first != former)
      let link = ConnectionLink(connection: connection)
      #expect(link.shownCertificate == former.der)
      let port = try StorePort(lhasa, peer: peer, isInitiator: true, shown: link.shownCertificate)
      #expect(throws: LinkError.lost(.renewed)) { try port.requireStanding() }
      var driver = try SessionDriver(lhasa, link: link, peer: peer, isInitiator: true)
      #expect(try await driver.run().converged)
      await connection.close()
      // The next handshake shows the new one.
      let next = try await lhasa.dial(address)
      let shown = ConnectionLink(connection: next).shownCertificate
      #expect(shown == lhasa.identity.chain.first?.der)
      try StorePort(lhasa, peer: peer, isInitiator: true, shown: shown).requireStanding()
      await next.close()
    }
  }

  /// The scope is that of the certificate that was shown.
  @Test func whatIsReadFollowsTheCertificateThatWasShown() throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try lhasa.addTraining("一")
    let peer = try TrustedPeer(chain: region.identity.chain.map(\.der), node: lhasa)
    let narrow = try CertificateAuthority(
      certificate: #require(region.identity.authority), key: #require(region.identity.authorityKey)
    ).issue(
      Office(
        name: "拉萨市局", id: "9",
        scope: Scope(
          division: DivisionCode("540102")!, covered: [DivisionCode("540102")!],
          ancestors: [DivisionCode("540100")!, DivisionCode("540000")!]), rights: []),
      key: lhasa.identity.key.publicKey, from: 0, to: 4_000_000_000,
      serial: [UInt8](repeating: 1, count: 16))
    // Of the records of 540100 a session under it neither sends nor offers any.
    for (shown, expected) in [(narrow.der, 0), (nil, 1)] as [([UInt8]?, Int)] {
      let port = try StorePort(lhasa, peer: peer, isInitiator: true, shown: shown)
      guard case .loaded(let frame, _)? = try port.perform(.load) else {
        Issue.record("nothing was loaded")
        continue
      }
      let records = (frame?.batches ?? []).filter { $0.log.space.section == .records }
      #expect(records.count == expected)
    }
  }
}
