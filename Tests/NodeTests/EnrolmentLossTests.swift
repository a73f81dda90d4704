import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// An office whose enroller was revoked is told so by its own store, however it came to know.
@Suite struct EnrolmentLossTests {
  private let folder = TemporaryFolder()
  private let offices: TestOffices
  private let prefecture: LocalNode
  private var region: LocalNode { offices.region }

  init() async throws {
    offices = try TestOffices()
    prefecture = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    try await sync(prefecture, region)
  }

  private func county() async throws -> LocalNode {
    let county = try offices.enrolled("540121", "林周县局", by: prefecture)
    try county.store.write { [prefecture] in try $0.bind(address: "127.0.0.1:1", to: prefecture.facts.node) }
    try county.addTraining("会")
    try await sync(county, prefecture)
    #expect(try county.status(division: nil).unsent == 0)
    return county
  }

  private func listed(_ node: LocalNode) throws -> [NodeID?] {
    try node.store.read { try $0.peers(listedOnly: true).map(\.node) }
  }

  /// What a sync with the region ends in, noted as the command line does.
  private func refused(_ county: LocalNode) async throws {
    let (report, _) = try await serving(region) { address in
      await county.sync(with: (label: "r", address: address))
    }
    guard case NodeError.peerRefused("issuer-revoked", _)? = report.error else {
      Issue.record("\(String(describing: report.error))")
      return
    }
    try county.noteFailure("issuer-revoked", of: report)
  }

  /// The region had never heard of the county: nothing of the revocation comes to it but the refusal.
  @Test func aRefusalStaysUntilItIsSetRight() async throws {
    let county = try await county()
    _ = try region.revoke("拉萨市局", reason: "遗失")
    try await refused(county)
    let status = try county.status(division: nil)
    #expect(status.enrolmentLoss == .refused(by: region.facts.node))
    // The prefecture's receipts say nothing any more, and it may not have heard.
    #expect(status.unsent == 1)
    try await sync(county, prefecture)
    #expect(try county.enrolmentLoss() == .refused(by: region.facts.node))
    #expect(try county.store.read { try $0.peers() }.contains { $0.lastError == "issuer-revoked" })
    let again = try offices.join(county, by: region)
    #expect(try again.enrolmentLoss() == nil)
    // The refusal was of the former certificate.
    #expect(try again.store.read { try $0.peers() }.allSatisfy { $0.lastError == nil })
    // Nobody dials who is refused there.
    #expect(try listed(again).isEmpty)
    try await sync(again, region)
    #expect(try again.status(division: nil).unsent == 0)
    #expect(try region.ids(titled: "会").count == 1)
  }

  /// Where its certificate counts still, the county hears of the revocation in a session.
  @Test func aRevocationThatCameIsSaid() async throws {
    let county = try await county()
    try await sync(prefecture, region)
    _ = try region.revoke("拉萨市局", reason: "遗失")
    #expect(try county.enrolmentLoss() == nil)
    try county.addTraining("吊销后")
    // Until it ends the certificate counts, at either side, and at both it is known that nobody renews it.
    #expect(try await sync(county, region).a.converged)
    let loss = EnrolmentLoss.unrenewed(until: try #require(county.facts.certificateExpires))
    #expect(try county.enrolmentLoss() == loss)
    #expect(try county.status(division: nil).unsent == 0)
    #expect(try region.enrolmentLosses() == [county.facts.node: loss])
    // Who is taken off the list is said.
    let pem = try offices.certificates(county, by: region)
    #expect(try county.accept(certificates: pem, authority: nil) == ["拉萨市局"])
    let again = try LocalNode(opening: county.store.folder)
    #expect(try again.enrolmentLoss() == nil && region.enrolmentLosses().isEmpty)
    #expect(try listed(again).isEmpty)
    #expect(try again.accept(certificates: pem, authority: nil).isEmpty)
  }

  /// Whose certificate counts no more is said as it is seen from here: one's own, by a peer's word; the enroller's; another's.
  @Test func whoseCertificateItIsIsKnown() async throws {
    let county = try await county()
    try await sync(prefecture, region)
    let other = try offices.enrolled("540200", "日喀则市局")
    func refused(_ node: LocalNode, at peer: LocalNode) async throws -> (any Error)? {
      try await serving(peer) { address in await node.sync(with: (label: "p", address: address)) }.0.error
    }
    _ = try region.revoke("日喀则市局", reason: "遗失")
    _ = try region.revoke("拉萨市局", reason: "遗失")
    try await sync(county, region)
    for (node, peer, holder) in [
      (county, prefecture, CertificateRefusal.Holder.enroller), (county, other, .other),
      (region, prefecture, .other),
    ] {
      let refusal = try await refused(node, at: peer) as? CertificateRefusal
      #expect(refusal?.reason == .revoked && refusal?.holder == holder && refusal?.name == peer.facts.name)
    }
    for node in [prefecture, other] {
      guard case NodeError.peerRefused("revoked", _)? = try await refused(node, at: region) else {
        Issue.record("\(node.facts.name)")
        continue
      }
    }
    // Once it was enrolled anew, the former enroller is one of the others.
    let again = try offices.join(county, by: region)
    #expect((try await refused(again, at: prefecture) as? CertificateRefusal)?.holder == .other)
  }

  /// What the prefecture certified since the region last heard of it counts nowhere.
  @Test func whoFellIsTold() async throws {
    let county = try await county()
    let other = try offices.enrolled("540121", "另一台", by: region)
    try await sync(county, other)
    #expect(try other.enrolmentLosses().isEmpty)
    _ = try region.revoke("拉萨市局", reason: "遗失")
    try await sync(other, region)
    #expect(try other.enrolmentLosses() == [county.facts.node: .fallen])
    #expect(await refusal { _ = try await sync(county, other) } == "issuer-revoked")
  }

  /// Who is certified anew by another office while the former one is in order goes on with both.
  @Test func anEnrollerThatIsInOrderStaysListed() async throws {
    let county = try await county()
    try await sync(prefecture, region)
    let again = try offices.join(county, by: region)
    #expect(try listed(again) == [prefecture.facts.node])
    #expect(try again.enrolmentLoss() == nil)
  }

  // MARK: what is believed, and for how long

  /// An office that only watches is told as one that syncs.
  @Test(.timeLimit(.minutes(10))) func aWatchKeepsARefusal() async throws {
    let county = try await county()
    _ = try region.revoke("拉萨市局", reason: "遗失")
    _ = try await serving(region) { address in
      let stop = StopSignal()
      try await county.watch([(label: "r", address: address)], until: stop) { event in
        guard case .apart(let report, _) = event else { return }
        do { try county.noteFailure("issuer-revoked", of: report) } catch { Issue.record(error) }
        stop.fire()
      }
    }
    #expect(try county.enrolmentLoss() == .refused(by: region.facts.node))
    #expect(try county.status(division: nil).unsent == 1)
  }

  /// The region reinstates the prefecture; the county hears of it there, and never comes to the region itself.
  @Test func aRefusalFallsWithAWordForTheIssuer() async throws {
    let county = try await county()
    _ = try region.revoke("拉萨市局", reason: "遗失")
    try await refused(county)
    _ = try region.reinstate("拉萨市局")
    #expect(try county.enrolmentLoss() == .refused(by: region.facts.node))
    try await sync(prefecture, region)
    try await sync(county, prefecture)
    #expect(try county.enrolmentLoss() == nil)
    #expect(try county.status(division: nil).unsent == 0)
  }

  /// What this store says of a peer's certificate has the same name, and stays: that has not changed.
  @Test func anotherCertificateOfItsOwnEndsNothingThatIsSaidOfAPeers() async throws {
    let county = try await county()
    let prefectureBeside = try offices.enrolled("540200", "日喀则市局", mayEnrol: true)
    let other = try offices.enrolled("540221", "南木林县局", by: prefectureBeside)
    try await sync(county, other)
    _ = try region.revoke("日喀则市局", reason: "遗失")
    // By an office that tells the region nothing of this one.
    let beside = try offices.enrolled("540100", "另一台", by: region)
    for node in [region, county] { try await sync(beside, node) }
    let refusal = await refusal { _ = try await sync(county, other) }
    #expect(refusal == "issuer-revoked")
    var report = LocalNode.SyncReport(peer: "")
    report.node = other.facts.node
    try county.noteFailure("issuer-revoked", of: report)
    _ = try region.revoke("拉萨市局", reason: "遗失")
    try await refused(county)
    let again = try offices.join(county, by: region)
    func error(of node: LocalNode) throws -> String? {
      try again.store.read { try $0.peer(node: node.facts.node)?.lastError }
    }
    #expect(try error(of: region) == nil)
    #expect(try error(of: other) == "issuer-revoked")
  }

  /// Who issued it may not have heard: another certificate of his says nothing against the refusal.
  @Test func aRenewalByTheSameIssuerEndsNoRefusal() async throws {
    let county = try await county()
    _ = try region.revoke("拉萨市局", reason: "遗失")
    try await refused(county)
    let former = try #require(county.facts.certificateExpires)
    _ = try prefecture.store.write { [prefecture] commit in
      try prefecture.certify(
        county.identity.key.publicKey, name: "林周县局", officeID: "", division: county.facts.division,
        only: false, mayEnrol: false, in: commit)
    }
    try await sync(county, prefecture)
    county.tidyUp()
    #expect(try #require(county.facts.certificateExpires) > former)
    #expect(try county.enrolmentLoss() == .refused(by: region.facts.node))
    #expect(try county.status(division: nil).unsent > 0)
  }

  private func note(_ error: any Error, of node: NodeID, at office: LocalNode) throws -> EnrolmentLoss? {
    var report = LocalNode.SyncReport(peer: "", error: error)
    report.node = node
    try office.noteFailure("issuer-revoked", of: report)
    return try office.enrolmentLoss()
  }

  /// Only who stands above is believed, and only of an issuer: what this side says of a peer is nothing that it has lost.
  @Test func invariant5NobodyBesideOrBelowSaysWhoIsEnrolled() async throws {
    let county = try await county()
    let neighbour = try offices.enrolled("540102", "城关区局", by: prefecture)
    for node in [county, prefecture] { try await sync(neighbour, node) }
    let said = NodeError.peerRefused(code: "issuer-revoked", detail: county.facts.name)
    let decided = CertificateRefusal(reason: .issuerRevoked, holder: .other, name: county.facts.name)
    #expect(try note(said, of: neighbour.facts.node, at: county) == nil)
    let otherwise = NodeError.peerRefused(code: "revoked", detail: "")
    for error in [decided as any Error, otherwise] {
      #expect(try note(error, of: region.facts.node, at: county) == nil)
    }
    #expect(try county.status(division: nil).unsent == 0)
    // Nobody stands between the region's CA and the prefecture, whoever says so.
    try prefecture.addTraining("市里的")
    try await sync(prefecture, region)
    for node in [region, county] { #expect(try note(said, of: node.facts.node, at: prefecture) == nil) }
    #expect(try prefecture.status(division: nil).unsent == 0)
    try await sync(county, region)
    #expect(try note(said, of: region.facts.node, at: county) == .refused(by: region.facts.node))
  }

  /// What an older program kept names no certificate, and was believed of anybody.
  @Test func whatAnOlderProgramKeptIsPassedOver() async throws {
    let county = try await county()
    try county.store.write { [region] in try $0.setMeta(.refusedBy, region.facts.node.bytes) }
    #expect(try county.enrolmentLoss() == nil)
  }
}
