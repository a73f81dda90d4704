import Campaign
import Foundation
import Ledger
import Store
import Testing
import Trust

@testable import Node

/// A revocation that is lifted again, and other places for offices.
@Suite struct ReinstatingTests {
  private func records(_ node: LocalNode) throws -> Int { try node.store.read { try $0.recordCount() } }

  private func reopened(_ node: LocalNode) throws -> LocalNode {
    node.tidyUp()
    return try LocalNode(opening: node.store.folder, surroundings: node.surroundings)
  }

  @Test func whatAFoundComputerWroteCountsAgainEverywhere() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lost = try offices.enrolled("540100", "拉萨市局")
    let other = try offices.enrolled("540100", "拉萨统计局")
    try lost.addTraining("遗失之前")
    _ = try await sync(lost, region)
    try lost.addTraining("遗失之后")
    _ = try await sync(other, lost)
    _ = try region.revoke("拉萨市局", reason: "遗失")
    _ = try await sync(other, region)
    #expect(try records(other) == 1 && records(region) == 1)
    #expect(await refusal { _ = try await sync(lost, region) } == "revoked")
    _ = try region.reinstate("拉萨市局")
    #expect(try region.store.read { try $0.office(lost.facts.node)?.isRevoked } == false)
    _ = try await sync(other, region)
    // It had that of the lost one itself, and takes it in again without being sent it.
    #expect(try records(other) == 2)
    _ = try await sync(lost, region)
    _ = try await sync(other, region)
    for node in [region, other, lost] {
      #expect(try records(node) == 2)
      #expect(try node.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
      #expect(try node.verify().problems == [])
      #expect(try node.store.read { try $0.quarantine() }.isEmpty)
    }
    // It may be revoked anew: the former word lifts nothing of that.
    _ = try region.revoke("拉萨市局", reason: "再次遗失")
    #expect(await refusal { _ = try await sync(lost, region) } == "revoked")
    _ = try await sync(other, region)
    #expect(try other.store.read { try $0.office(lost.facts.node)?.isRevoked } == true)
  }

  /// Whoever hears of them in whatever order: the release alone, then the revocation.
  @Test func invariant1TheOrderInWhichTheyComeDoesNotMatter() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lost = try offices.enrolled("540100", "拉萨市局")
    try lost.addTraining("一")
    _ = try await sync(lost, region)
    try lost.addTraining("二")
    _ = try region.revoke("拉萨市局", reason: "遗失")
    _ = try region.reinstate("拉萨市局")
    let late = try offices.enrolled("540100", "拉萨统计局")
    _ = try await sync(late, lost)
    _ = try await sync(late, region)
    _ = try await sync(lost, region)
    #expect(try records(late) == 2 && records(region) == 2)
    #expect(try late.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
  }

  @Test func invariant5OnlyWhoRevokedOrStandsAboveThatLiftsIt() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let prefecture = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let county = try offices.enrolled("540102", "城关区局", by: prefecture)
    _ = try await sync(prefecture, region)
    _ = try region.revoke("城关区局", reason: "遗失")
    _ = try await sync(prefecture, region)
    // The region's word is not the prefecture's to take back.
    #expect(throws: NodeError.self) { try prefecture.reinstate("城关区局") }
    // One that says so all the same is heard by nobody.
    let revoking = try #require(try region.store.read { try $0.revocations() }.first)
    try prefecture.store.write { commit in
      try prefecture.append(
        to: Space(division: DivisionCode("540100")!, section: .notices), operatorName: "",
        statements: [.release(revoking.change)], in: commit)
    }
    _ = try await sync(prefecture, region)
    for node in [region, prefecture] {
      #expect(try node.store.read { try $0.office(county.facts.node)?.isRevoked } == true)
    }
    #expect(throws: NodeError.self) { try region.reinstate("拉萨市局") }
    // What the prefecture revokes the region may lift.
    _ = try region.reinstate("城关区局")
    _ = try await sync(prefecture, region)
    _ = try prefecture.revoke("城关区局", reason: "")
    _ = try await sync(prefecture, region)
    _ = try region.reinstate("城关区局")
    _ = try await sync(prefecture, region)
    _ = try await sync(county, prefecture)
    #expect(try prefecture.store.read { try $0.office(county.facts.node)?.isRevoked } == false)
  }

  // MARK: other places

  /// A county office becomes its prefecture's: no new store, and what it may read now comes with the next sync.
  @Test func anOfficeGetsAWiderScopeWithoutANewStore() async throws {
    let offices = try TestOffices()
    let region = offices.region
    var office = try offices.enrolled("540102", "城关区局")
    let other = try offices.enrolled("540100", "拉萨市局")
    let id = try office.addTraining("区里的")
    try other.addTraining("市里的")
    _ = try await sync(other, region)
    _ = try await sync(office, region)
    #expect(try records(office) == 1)
    _ = try region.assign(
      "城关区局", LocalNode.Assignment(division: "540100", name: "拉萨市局二处", mayEnrol: true))
    _ = try await sync(office, region)
    office = try reopened(office)
    #expect(office.facts.division.description == "540100" && office.facts.name == "拉萨市局二处")
    #expect(office.identity.chain.first?.office?.rights == .enrol)
    let (own, _) = try await sync(office, region)
    #expect(own.converged && own.refused == 0)
    #expect(try records(office) == 2)
    #expect(try office.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
    // Its log goes on, and what it wrote stays.
    _ = try office.edit(id, operations: [.set("place", to: "城区广场")], operatorName: "")
    try office.addTraining("市里的二")
    _ = try await sync(office, region)
    #expect(try region.field(id, "place") == .single(.text("城区广场")))
    #expect(try records(region) == 3 && region.verify().problems == [])
    _ = try office.invite(division: "540103", name: "堆龙德庆区局", days: 7, only: false, mayEnrol: false)
  }

  @Test func anOfficeIsNotTakenFromAboveNorGivenMoreThanThereIs() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let prefecture = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    #expect(throws: NodeError.self) {
      try region.assign("自治区", LocalNode.Assignment(name: "别的"))
    }
    let county = try offices.enrolled("540102", "城关区局", by: prefecture)
    _ = try await sync(prefecture, region)
    #expect(throws: NodeError.self) {
      try prefecture.assign("城关区局", LocalNode.Assignment(division: "540200"))
    }
    #expect(throws: NodeError.self) {
      try prefecture.assign("城关区局", LocalNode.Assignment(mayEnrol: true))
    }
    let before = try prefecture.status(division: nil).changes
    #expect(try !prefecture.assign("城关区局", LocalNode.Assignment()).isNew)
    #expect(try prefecture.status(division: nil).changes == before)
    // From one county to another: it covers both.
    #expect(try prefecture.assign("城关区局", LocalNode.Assignment(division: "540103")).isNew)
    _ = try await sync(county, prefecture)
    let moved = try reopened(county)
    #expect(moved.facts.division.description == "540103")
    let covered = moved.identity.chain.first?.office?.scope.covered.map(\.description)
    #expect(covered?.contains("540102") == true && covered?.contains("540103") == true)
  }
}
