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
    let again = try offices.join(county, by: region)
    #expect(try again.enrolmentLoss() == nil)
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
    let again = try offices.join(county, by: region)
    #expect(try again.enrolmentLoss() == nil && region.enrolmentLosses().isEmpty)
    #expect(try listed(again).isEmpty)
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
  @Test(.timeLimit(.minutes(5))) func aWatchKeepsARefusal() async throws {
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

  private func note(_ error: NodeError, of node: NodeID, at office: LocalNode) throws -> EnrolmentLoss? {
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
    #expect(try note(said, of: neighbour.facts.node, at: county) == nil)
    #expect(
      try note(.peerOutOfStanding(.issuerRevoked, name: county.facts.name), of: region.facts.node, at: county)
        == nil)
    #expect(try note(.peerRefused(code: "revoked", detail: ""), of: region.facts.node, at: county) == nil)
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
