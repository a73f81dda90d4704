import Campaign
import Foundation
import Ledger
import Replication
import Store
import Synchronization
import Testing
import Trust

@testable import Node

/// A clock that a test sets.
final class TestClock: Sendable {
  private let time = Mutex<Int64>(1_764_000_000_000)
  var now: Int64 { time.withLock { $0 } }
  func pass(days: Int64) { time.withLock { $0 += days * 86_400_000 } }

  var surroundings: Surroundings {
    Surroundings(now: { self.now }, random: Surroundings.system.random)
  }
}

/// Expiry ends sessions, never history: who has run out hands in, reads nothing, and renews.
@Suite struct ExpiryTests {
  private let clock = TestClock()

  private func records(_ node: LocalNode) throws -> Int { try node.store.read { try $0.recordCount() } }

  /// The region's own certificate, like every other, but by files.
  private func renewed(_ node: LocalNode, by signer: LocalNode) throws -> LocalNode {
    let answer = try signer.sign(request: node.certificateRequest(), mayEnrol: false)
    try node.accept(certificates: answer.bundle, authority: nil)
    return try LocalNode(opening: node.store.folder, surroundings: node.surroundings)
  }

  @Test func anExpiredOfficeHandsInReadsNothingAndCatchesUpOnceRenewed() async throws {
    let offices = try TestOffices(clock.surroundings)
    var lhasa = try offices.enrolled("540100", "拉萨市局")
    let second = try offices.enrolled("540100", "拉萨市局二号")
    try second.addTraining("二号的")
    _ = try await sync(second, offices.region)
    try lhasa.addTraining("过期之前")
    clock.pass(days: 731)
    let region = try renewed(offices.region, by: offices.region)
    let (own, theirs) = try await sync(lhasa, region)
    #expect(own.peerWithholds && theirs.withholds)
    #expect(own.sent == 1 && own.received == 0 && own.outcome == .withheld && !own.converged)
    #expect(try records(region) == 2 && records(lhasa) == 1)
    let unsent = try lhasa.store.read {
      try $0.unsentCount(node: lhasa.facts.node, coveredBy: [region.facts.node])
    }
    #expect(unsent == 0, "the receipt comes all the same")
    guard case .certificateNotInForce(let until, let at)? = lhasa.withheld(own) as? NodeError else {
      Issue.record("\(String(describing: lhasa.withheld(own)))")
      return
    }
    #expect(until == lhasa.facts.certificateExpires && at == clock.now / 1000)
    lhasa = try offices.join(lhasa, by: region)
    let (again, _) = try await sync(lhasa, region)
    #expect(again.converged && !again.peerWithholds)
    #expect(try records(lhasa) == 2)
  }

  @Test func anOfficeHandsInToOneAboveThatHasExpiredAndIsWarned() async throws {
    let offices = try TestOffices(clock.surroundings)
    let early = try offices.enrolled("540100", "拉萨市局")
    clock.pass(days: 731)
    let lhasa = try offices.join(early, by: offices.region)
    try lhasa.addTraining("照报")
    let (own, theirs) = try await sync(lhasa, offices.region)
    #expect(own.sent == 1 && theirs.received == 1 && own.converged && !own.withholds)
    guard case .peerNotInForce(let name, _)? = own.peerNotInForce else {
      Issue.record("no warning")
      return
    }
    #expect(name == "自治区")
  }

  @Test func whoDialsAnExpiredOfficeBelowSendsItNothing() async throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let second = try offices.enrolled("540100", "拉萨市局二号")
    try second.addTraining("二号的")
    try lhasa.addTraining("拉萨的")
    _ = try await sync(second, offices.region)
    clock.pass(days: 731)
    let region = try renewed(offices.region, by: offices.region)
    let (own, theirs) = try await sync(region, lhasa)
    #expect(own.withholds && own.sent == 0 && own.received == 1)
    #expect(theirs.peerWithholds)
    #expect(try records(lhasa) == 1)
    let path = lhasa.store.folder + "/过期.tzb"
    #expect(throws: NodeError.self) { try region.makeBundle(for: "拉萨市局", sinceLast: false, to: path) }
    // The other way round a stick carries what there is.
    #expect(try lhasa.makeBundle(for: nil, sinceLast: false, to: path).manifest.changes == 1)
  }

  /// A session that stays open ends with the peer's certificate: nothing is sent after it.
  @Test func aSessionUnderWaySendsNothingOnceTheCertificateHasRunOut() throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let second = try offices.enrolled("540100", "拉萨市局二号")
    try second.addTraining("二号的")
    let port = try StorePort(
      second, peer: TrustedPeer(chain: lhasa.identity.chain.map(\.der), node: second), isInitiator: false)
    let hello = try StorePort(
      lhasa, peer: TrustedPeer(chain: second.identity.chain.map(\.der), node: lhasa), isInitiator: true
    ).hello(watches: true)
    _ = try port.perform(.plan(hello))
    clock.pass(days: 731)
    #expect(throws: NodeError.self) { try port.perform(.load) }
    #expect(port.sent == 0)
  }

  @Test func renewingKeepsTheOfficeItsRightsAndItsScope() throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let before = try #require(lhasa.identity.chain.first?.office)
    clock.pass(days: 100)
    let renewed = try renewed(lhasa, by: offices.region)
    #expect(renewed.identity.chain.first?.office == before)
    #expect(renewed.facts.certificateExpires == lhasa.facts.certificateExpires! + 100 * 86_400)
    let region = try self.renewed(offices.region, by: offices.region)
    #expect(region.identity.chain.first?.office == offices.region.identity.chain.first?.office)
    #expect(try region.store.read { try $0.peers() }.allSatisfy { $0.node != region.facts.node })
  }

  /// Whichever way the certificate comes: by an invitation, or for a request in a file.
  @Test func renewingNeitherWidensNorNarrows() throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let alone = try offices.join(offices.office("540100", "拉萨市局科室"), by: offices.region, only: true)
    func covered(_ node: LocalNode) -> [String] {
      node.identity.chain.first?.office?.scope.covered.map(\.description) ?? []
    }
    #expect(covered(alone) == ["540100"] && covered(lhasa).count > 1)
    let invited = try offices.join(alone, by: offices.region)
    #expect(covered(invited) == ["540100"])
    #expect(try covered(renewed(invited, by: offices.region)) == ["540100"])
    let error = #expect(throws: NodeError.self) {
      try offices.join(lhasa, by: offices.region, only: true)
    }
    guard case .mayNotNarrow? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try covered(offices.join(lhasa, by: offices.region)) == covered(lhasa))
  }

  /// Two certificates in one second: the one that was asked for last is the one that counts.
  @Test func aRenewalEndsAfterWhatItRenews() throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let renewed = try offices.join(lhasa, by: offices.region)
    #expect(renewed.facts.certificateExpires! > lhasa.facts.certificateExpires!)
    let kept = try offices.region.store.read { try $0.office(lhasa.facts.node)?.certificate }
    #expect(kept == renewed.identity.chain.first?.der)
  }

  /// A program that stays hears of it at once, and a session at rest ends, to agree anew on what both may read.
  @Test func whoStaysGoesOnUnderTheNewCertificate() throws {
    let offices = try TestOffices(clock.surroundings)
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let shown = try ShownCertificate(region)
    let port = try StorePort(
      region, peer: TrustedPeer(chain: lhasa.identity.chain.map(\.der), node: region), isInitiator: false)
    try port.requireStanding()
    let elsewhere = try LocalNode(opening: region.store.folder, surroundings: clock.surroundings)
    let other = try renewed(elsewhere, by: elsewhere)
    #expect(shown.chain == other.identity.chain && shown.chain != elsewhere.identity.chain)
    #expect(region.identity.chain == other.identity.chain)
    #expect(region.facts.certificateExpires == other.facts.certificateExpires)
    #expect(throws: LinkError.self) { try port.requireStanding() }
  }

  /// A watch at rest loads and commits nothing.
  @Test func aSessionAtRestEndsWithThePeersCertificate() throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let second = try offices.enrolled("540100", "拉萨市局二号")
    let ports = try [lhasa, second].map { office in
      try StorePort(
        offices.region,
        peer: TrustedPeer(chain: office.identity.chain.map(\.der), node: offices.region), isInitiator: false)
    }
    for port in ports { try port.requireStanding() }
    _ = try offices.region.revoke("拉萨市局二号", reason: "")
    try ports[0].requireStanding()
    #expect(throws: CertificateRefusal.self) { try ports[1].requireStanding() }
    clock.pass(days: 731)
    #expect(throws: NodeError.self) { try ports[0].requireStanding() }
  }

  /// A stick that was written for the former certificate, by an office that has not heard of the new one.
  @Test func whoHasRenewedOpensWhatWasSealedBefore() throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try lhasa.addTraining("路上")
    let stick = lhasa.store.folder + "/路上.tzb"
    _ = try lhasa.makeBundle(for: nil, sinceLast: false, to: stick)
    let region = try renewed(offices.region, by: offices.region)
    let report = try region.merge([stick], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.sources.map(\.applied) == [1], "\(report)")
  }

  @Test func aRevokedKeyIsNotRenewed() throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    _ = try offices.region.revoke("拉萨市局", reason: "遗失")
    #expect(throws: NodeError.self) { try offices.join(lhasa, by: offices.region) }
    #expect(throws: NodeError.self) {
      try offices.region.sign(request: lhasa.certificateRequest(), mayEnrol: false)
    }
  }

  @Test func aCertificateOfAnotherRegionIsNotTaken() throws {
    let offices = try TestOffices(clock.surroundings)
    let others = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let answer = try others.region.sign(request: lhasa.certificateRequest(), mayEnrol: false)
    #expect(throws: TrustError.otherAuthority) {
      try lhasa.accept(certificates: answer.bundle, authority: nil)
    }
  }

  /// What is refused when the invited office joins is refused when it is invited.
  @Test func anEnrollerMayNotLetOthersEnrol() throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let county = try offices.office("540121", "林周县局")
    func isRefused(_ body: () throws -> Void) -> Bool {
      do { try body() } catch NodeError.mayNotDelegate { return true } catch {}
      return false
    }
    #expect(
      isRefused {
        _ = try lhasa.invite(division: "540121", name: "林周县局", days: 1, only: false, mayEnrol: true)
      })
    let request = try county.certificateRequest()
    #expect(isRefused { _ = try lhasa.sign(request: request, mayEnrol: true) })
    _ = try lhasa.sign(request: request, mayEnrol: false)
  }
}
