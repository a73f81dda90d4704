import Foundation
import GRDB
import Ledger
import TestSupport
import Testing
import Trust

@testable import Node
@testable import Store

/// Certificates renew themselves while their offices come by; those that have ended wait for a person.
@Suite struct RenewingTests {
  private let clock = TestClock()

  private func reopened(_ node: LocalNode) throws -> LocalNode {
    node.tidyUp()
    return try LocalNode(opening: node.store.folder, surroundings: node.surroundings)
  }

  @Test func anOfficeThatComesByNeverRunsOut() async throws {
    let offices = try TestOffices(clock.surroundings)
    var region = offices.region
    var lhasa = try offices.enrolled("540100", "拉萨市局")
    let first = try #require(lhasa.facts.certificateExpires)
    // Long before its end nothing is issued.
    let changes = try region.status(division: nil).changes
    _ = try await sync(lhasa, region)
    #expect(try region.status(division: nil).changes == changes)
    for _ in 0..<12 {
      clock.pass(days: 150)
      region = try reopened(region)
      let (own, _) = try await sync(lhasa, region)
      #expect(own.converged && !own.peerWithholds && !own.withholds)
      lhasa = try reopened(lhasa)
      #expect(try #require(lhasa.facts.certificateExpires) > clock.now / 1000)
      #expect(try #require(region.facts.certificateExpires) > clock.now / 1000)
    }
    #expect(try #require(lhasa.facts.certificateExpires) > first + 1000 * 86_400)
    // It is the office that it was, and goes on in its log.
    try lhasa.addTraining("续证之后")
    let (own, _) = try await sync(lhasa, region)
    #expect(own.converged && own.sent == 1)
    #expect(try region.verify().problems == [] && lhasa.verify().problems == [])
    let rows = try region.store.read { try $0.offices() }.filter { $0.node == lhasa.facts.node }
    #expect(rows.map(\.name) == ["拉萨市局"])
  }

  /// Once a half-year: the certificate issued meanwhile is not issued again before the office has taken it up.
  @Test func aRenewalIsIssuedOnce() async throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    clock.pass(days: 600)
    let before = try offices.region.status(division: nil).changes
    for _ in 0..<3 { _ = try await sync(lhasa, offices.region) }
    #expect(try offices.region.status(division: nil).changes == before + 1)
  }

  /// A prefecture renews what it issued, and the region does not.
  @Test func whoIssuedACertificateRenewsIt() async throws {
    let offices = try TestOffices(clock.surroundings)
    var prefecture = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    var county = try offices.enrolled("540102", "城关区局", by: prefecture)
    clock.pass(days: 600)
    let first = county.facts.certificateExpires
    offices.region.tidyUp()
    let region = try reopened(offices.region)
    _ = try await sync(county, region)
    county = try reopened(county)
    #expect(county.facts.certificateExpires == first)
    _ = try await sync(prefecture, region)
    prefecture = try reopened(prefecture)
    #expect(prefecture.identity.chain.first?.office?.rights == .enrol)
    _ = try await sync(county, prefecture)
    county = try reopened(county)
    #expect(county.facts.certificateExpires != first)
    #expect(county.identity.chain.count == 2)
    clock.pass(days: 200)
    // Its former end has passed, its new one has not.
    let (own, _) = try await sync(county, prefecture)
    #expect(!own.peerWithholds)
  }

  /// An office that never has a network: its sticks do.
  @Test func sticksRenewACertificateToo() throws {
    let offices = try TestOffices(clock.surroundings)
    var lhasa = try offices.enrolled("540100", "拉萨市局")
    clock.pass(days: 600)
    let there = lhasa.store.folder + "/there.tzb"
    let back = lhasa.store.folder + "/back.tzb"
    let first = try #require(lhasa.facts.certificateExpires)
    try lhasa.addTraining("偏远的")
    let region = try reopened(offices.region)
    _ = try lhasa.makeBundle(for: "自治区", sinceLast: true, to: there)
    let taken = try region.merge([there], decide: nil, operatorName: "") { _ in }
    #expect(taken.sources.allSatisfy { $0.error == nil && $0.rejected == 0 })
    _ = try region.makeBundle(for: "拉萨市局", sinceLast: true, to: back)
    let brought = try lhasa.merge([back], decide: nil, operatorName: "") { _ in }
    #expect(brought.sources.allSatisfy { $0.error == nil && $0.rejected == 0 })
    lhasa = try reopened(lhasa)
    #expect(try #require(lhasa.facts.certificateExpires) > first)
  }

  /// What a bundle says of its maker's certificate is a courtesy: where nothing can be written the records go out without it.
  @Test func aFullDiskKeepsNoRecordsFromABundleWhileARenewalIsDue() throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try lhasa.addTraining("写下了")
    let own = try #require(lhasa.identity.chain.first)
    try lhasa.store.database.writeWithoutTransaction { db in
      let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
      try db.execute(sql: "PRAGMA max_page_count = \(pages)")
    }
    #expect(throws: StoreError.diskFull) {
      while true {
        try lhasa.store.write {
          try lhasa.append(
            to: Space(division: lhasa.facts.division, section: .notices), operatorName: "",
            statements: [.certificate(own.der)], in: $0)
        }
      }
    }
    clock.pass(days: 600)
    #expect(lhasa.isRenewalDue)
    let folder = TemporaryFolder()
    let made = try lhasa.makeBundle(
      for: offices.region.facts.name, sinceLast: false, to: folder.path + "/b.tzb")
    #expect(made.manifest.changes > 0)
  }

  /// The county's only peer is a hub: its certificate is renewed all the same by who issued it, also where it was
  /// enrolled by the hub and assigned its place by the region since, and where it writes nothing.
  @Test(arguments: [false, true], [false, true])
  func aHubCarriesARenewal(isAssigned: Bool, writes: Bool) async throws {
    let offices = try TestOffices(clock.surroundings)
    var region = offices.region
    var hub = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    var county = try offices.enrolled("540102", "城关区局", by: isAssigned ? hub : region)
    func goRound() async throws {
      _ = try await sync(county, hub)
      hub = try reopened(hub)
      _ = try await sync(hub, region)
      (hub, region) = (try reopened(hub), try reopened(region))
      _ = try await sync(hub, region)
      hub = try reopened(hub)
      _ = try await sync(county, hub)
      county = try reopened(county)
    }
    try await goRound()
    if isAssigned {
      _ = try region.assign("城关区局", LocalNode.Assignment(name: "城关区市场监管局"))
      try await goRound()
    }
    let first = try #require(county.facts.certificateExpires)
    let key = county.identity.key.publicKey
    clock.pass(days: 600)
    if writes { try county.addTraining("半年里的") }
    let before = try region.status(division: nil).changes
    for _ in 0..<3 { try await goRound() }
    #expect(try #require(county.facts.certificateExpires) > first + 500 * 86_400)
    #expect(county.identity.chain.count == 1 && county.identity.key.publicKey == key)
    #expect(county.facts.name == (isAssigned ? "城关区市场监管局" : "城关区局"))
    // Each is renewed once: the region, the hub, the county; the county and the hub have shown theirs where they had
    // nothing else to hand in.
    let more = try region.status(division: nil).changes - before
    #expect(more >= 4 && more <= 5, "\(more)")
    clock.pass(days: 160)
    let (own, _) = try await sync(county, hub)
    #expect(!own.peerWithholds && !own.withholds && own.converged)
    #expect(try region.verify().problems == [] && county.verify().problems == [])
  }

  /// By a stick to a hub it is heard of too.
  @Test func aStickToAHubLetsTheIssuerHearOfAnOffice() async throws {
    let offices = try TestOffices(clock.surroundings)
    let hub = try offices.enrolled("540100", "拉萨市局")
    let county = try offices.enrolled("540102", "城关区局")
    _ = try await sync(hub, offices.region)
    _ = try await sync(county, hub)
    _ = try await sync(county, offices.region)
    clock.pass(days: 600)
    let path = county.store.folder + "/there.tzb"
    _ = try county.makeBundle(for: "拉萨市局", sinceLast: true, to: path)
    let taken = try hub.merge([path], decide: nil, operatorName: "") { _ in }
    #expect(taken.sources.allSatisfy { $0.error == nil && $0.rejected == 0 && $0.applied > 0 })
    // It is said once.
    let changes = try county.status(division: nil).changes
    _ = try county.makeBundle(for: "拉萨市局", sinceLast: true, to: path)
    #expect(try county.status(division: nil).changes == changes)
    _ = try await sync(hub, offices.region)
    let region = try reopened(offices.region)
    let row = try #require(try region.store.read { try $0.office(county.facts.node) })
    #expect(row.expires > clock.now / 1000 + 700 * 86_400)
  }

  /// Of an office that has written nothing since its renewal is due nobody knows whether it has its computer still: not
  /// by what comes late, and not by a stamp of far ahead.
  @Test func whoIsNotHeardOfIsNotRenewed() async throws {
    let offices = try TestOffices(clock.surroundings)
    let hub = try offices.enrolled("540100", "拉萨市局")
    let county = try offices.enrolled("540102", "城关区局")
    try county.addTraining("之前的")
    _ = try await sync(county, hub)
    clock.pass(days: 3000)
    try county.addTraining("时钟快了八年")
    clock.pass(days: -3000)
    _ = try await sync(county, hub)
    clock.pass(days: 600)
    _ = try await sync(hub, offices.region)
    let region = try reopened(offices.region)
    #expect(
      try region.store.read { try $0.office(county.facts.node)?.expires } == county.facts.certificateExpires)
    try region.renewHeardOf()
    #expect(
      try region.store.read { try $0.office(county.facts.node)?.expires } == county.facts.certificateExpires)
    // Heard of, and revoked: not either.
    try county.addTraining("现在的")
    _ = try await sync(county, hub)
    _ = try region.revoke("城关区局", reason: "遗失")
    _ = try await sync(hub, region)
    try region.renewHeardOf()
    #expect(
      try region.store.read { try $0.office(county.facts.node)?.expires } == county.facts.certificateExpires)
  }

  @Test func whatHasEndedIsForAPersonToRenew() async throws {
    let offices = try TestOffices(clock.surroundings)
    var lhasa = try offices.enrolled("540100", "拉萨市局")
    clock.pass(days: 800)
    let region = try reopened(offices.region)
    #expect(try #require(region.facts.certificateExpires) > clock.now / 1000)
    let (own, _) = try await sync(lhasa, region)
    #expect(own.peerWithholds)
    lhasa = try reopened(lhasa)
    #expect(try #require(lhasa.facts.certificateExpires) < clock.now / 1000)
  }

  /// Who may enrol elsewhere has certified the key unasked, for a higher place: nobody takes that up.
  @Test func aCertificateFromAStrangerIsNotAdopted() async throws {
    let offices = try TestOffices(clock.surroundings)
    let stranger = try offices.enrolled("540200", "日喀则市局", mayEnrol: true)
    var county = try offices.enrolled("540102", "城关区局")
    _ = try await sync(county, offices.region)
    let own = try #require(stranger.identity.chain.first)
    let forged = try CertificateAuthority(certificate: own, key: stranger.identity.key).issue(
      Office(name: "冒名", id: "9", scope: own.office!.scope, rights: []),
      key: county.identity.key.publicKey, from: 0, to: own.notAfter + 1_000_000,
      serial: clock.surroundings.random(16))
    try stranger.store.write { commit in
      try stranger.append(
        to: Space(division: DivisionCode("540200")!, section: .notices), operatorName: "",
        statements: [.certificate(forged.der)], in: commit)
    }
    _ = try await sync(stranger, offices.region)
    try county.addTraining("之后的")
    _ = try await sync(county, offices.region)
    county = try reopened(county)
    #expect(county.facts.name == "城关区局" && county.facts.division.description == "540102")
    #expect(try offices.region.store.read { try $0.office(county.facts.node)?.name } == "城关区局")
    #expect(try offices.region.store.read { try $0.quarantine() }.isEmpty)
  }

  /// Any certificate may stand in anybody's notices: it stops no judgement.
  @Test func aCertificateThatIsNoOfficesStopsNothing() async throws {
    let offices = try TestOffices(clock.surroundings)
    let county = try offices.enrolled("540102", "城关区局")
    let other = try offices.enrolled("540103", "堆龙德庆区局")
    let plain = try CertificateAuthority.make(
      name: "别的", key: try NodeKey.generate(), now: clock.now / 1000, serial: clock.surroundings.random(16)
    ).certificate
    try county.store.write { commit in
      try county.append(
        to: Space(division: DivisionCode("540102")!, section: .notices), operatorName: "",
        statements: [.certificate(plain.der)], in: commit)
    }
    _ = try await sync(county, offices.region)
    _ = try offices.region.revoke("堆龙德庆区局", reason: "遗失")
    #expect(try offices.region.store.read { try $0.office(other.facts.node)?.isRevoked } == true)
    _ = try await sync(county, offices.region)
    #expect(try county.store.read { try $0.office(other.facts.node)?.isRevoked } != false)
  }

  @Test func aRevokedOfficeIsNotRenewed() async throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    clock.pass(days: 600)
    _ = try offices.region.revoke("拉萨市局", reason: "遗失")
    let before = try offices.region.status(division: nil).changes
    await #expect(throws: CertificateRefusal.self) { _ = try await sync(lhasa, offices.region) }
    // Not by a stick either, which shows the same chain.
    let root = try #require(offices.region.identity.authority)
    let shown = try TrustedChain.check(PresentedChain(lhasa.identity.chain), root: root)
    try offices.region.store.write { try offices.region.renewIfDue(shown, in: $0) }
    #expect(try offices.region.status(division: nil).changes == before)
  }
}
