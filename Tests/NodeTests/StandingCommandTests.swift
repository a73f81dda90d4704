import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

/// What a person says of other offices: it is carried out at once, wholly, and only as far as it can be.
@Suite struct StandingCommandTests {
  private let clock = TestClock()
  private let offices: TestOffices
  private var region: LocalNode { offices.region }

  init() throws { offices = try TestOffices(clock.surroundings) }

  /// Why something of an office is set aside.
  private func reasons(_ node: LocalNode, of office: LocalNode) throws -> [String] {
    try node.store.read { try $0.quarantine() }.filter { $0.log.node == office.facts.node }.map(\.reason)
  }

  private func isRevoked(_ node: LocalNode, at holder: LocalNode) throws -> Bool? {
    try holder.store.read { try $0.office(node.facts.node)?.isRevoked }
  }

  /// What came of it meanwhile was set aside, and is there as soon as the revocation is lifted.
  @Test func reinstatingTakesInWhatWasSetAside() async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    _ = try region.revoke("拉萨市局", reason: "遗失")
    var log = ForkedLog(author: office)
    let made = try log.grow(after: nil)
    try region.take([log.batch(after: nil, to: made)])
    #expect(try reasons(region, of: office) == ["revoked"])
    _ = try region.reinstate("拉萨市局")
    #expect(region.titles(log.steps.compactMap(\.made)).count == 1)
    #expect(try reasons(region, of: office).isEmpty)
  }

  /// Whose certificate fell is certified anew: what it wrote counts where it is certified, and whoever has not heard of that
  /// hears it from the office itself.
  @Test func whoIsCertifiedAnewIsHeardByWhoKnowsOnlyThatItFell() async throws {
    let enroller = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    try await met(enroller, region)
    var county = try offices.enrolled("540121", "林周县局", by: enroller)
    let other = try offices.enrolled("540121", "林周统计局")
    try await met(other, region)
    // It heard of the county's office by the enroller, and then of the revocation, which honours nothing of that.
    try await met(other, enroller)
    _ = try region.revoke("拉萨市局", reason: "遗失")
    try await met(other, region)
    var log = ForkedLog(author: county)
    let made = try log.grow(after: nil)
    try region.take([log.batch(after: nil, to: made)])
    #expect(try reasons(region, of: county) == ["unknown-author"])
    #expect(try isRevoked(county, at: other) == true)
    #expect(await refusal { _ = try await sync(county, other) } == "issuer-revoked")
    county = try offices.join(county, by: region)
    #expect(region.titles(log.steps.compactMap(\.made)).count == 1)
    #expect(try reasons(region, of: county).isEmpty)
    try county.addTraining("重新入网")
    let (own, _) = try await met(county, other)
    #expect(own.refused == 0)
    #expect(try isRevoked(county, at: other) == false && other.ids(titled: "重新入网").count == 1)
    for node in [county, other, county] { try await met(node, region) }
    try await met(other, region)
    try expectAgreement(county, other, within: region)
  }

  /// It was revoked by name, and its issuer fell as well: its key is enrolled no more.
  @Test func aKeyThatWasRevokedByNameIsNotEnrolledAnewBecauseItsIssuerFell() async throws {
    let enroller = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    try await met(enroller, region)
    let county = try offices.enrolled("540121", "林周县局", by: enroller)
    // The region knows it from a handshake alone.
    try await met(county, region)
    _ = try region.revoke("林周县局", reason: "遗失")
    _ = try region.revoke("拉萨市局", reason: "遗失")
    let node = county.facts.node
    #expect(try region.store.read { try Standing($0, root: region.identity.authority).fallen }.contains(node))
    // So nobody is told to enrol it.
    #expect(try region.enrolmentLosses().isEmpty)
    let error = #expect(throws: NodeError.self) { try offices.join(county, by: region) }
    guard case .revokedKey? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// An office with more logs than a change can name is left less in several changes.
  @Test func invariant1ANarrowingInPartsCountsOnceAllAreHeld() async throws {
    let office = try offices.enrolled("540100", "拉萨市局"), witness = try offices.enrolled("540102", "见证")
    let space = "540102"
    try await met(witness, region)
    for epoch in UInt64(1)...30 {
      try office.store.write { try $0.setMeta(.epoch, withUnsafeBytes(of: epoch.bigEndian) { Array($0) }) }
      let node = try LocalNode(opening: office.store.folder, surroundings: office.surroundings)
      try node.addTraining("先\(epoch)", division: space)
    }
    try await met(office, region)
    let before = try office.store.read { try $0.recordCount() }
    #expect(try region.store.read { try $0.heads(of: office.facts.node) }.count >= 30)
    let said = try region.store.read { try $0.ownCursor().arrival }
    #expect(try region.assign("拉萨市局", .init(reach: .nothing), listBytes: 600).isNew)
    #expect(try region.store.read { try $0.ownCursor().arrival } >= said + 3)
    #expect(try region.store.read { try $0.recordCount() } == before)
    for node in [witness, office, office] { try await met(node, region) }
    for node in [region, witness, office] {
      #expect(try isRevoked(office, at: node) == false, "\(node.facts.name)")
      #expect(try node.ids(titled: "先7").count == 1, "\(node.facts.name)")
    }
    #expect(try certifiedScope(office).covered.map(\.description) == ["540100"])
    try expectAgreement(region, witness, within: office)
  }

  /// A log of the greatest epoch: no ruling lies beyond it.
  @Test func whatTheRegionCannotRuleOnIsSaid() throws {
    var log = ForkedLog(author: region, epoch: .max, section: .notices)
    let trunk = try log.grow(after: nil)
    let ends = try (0..<10).map { _ in try log.grow(after: trunk) }
    try region.take(ends.map { log.batch(after: nil, to: $0) })
    #expect(try region.cuts() == [log.log: 1])
    let ruling = try region.ruleOnOwnLogs(keepingBranches: 8)
    #expect(ruling == OwnRuling(logs: 0, beyondRuling: [log.log]))
  }

  /// What it wrote before it joined elsewhere, where it only reads now, was made anew: mending leaves it so.
  @Test func mendingLeavesTakenOutWhatWasBroughtAlong() async throws {
    let office = try offices.office("540100", "城关区局")
    _ = try office.add(
      kind: "training", division: nil, isNotice: true,
      operations: [
        .set("title", to: "通知"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
        .set("organiser", to: "市场监管局"), .set("topic", to: "standards"),
      ], operatorName: "")
    let joined = try offices.join(office, by: region, into: "540102")
    try await met(joined, region)
    let heads = try joined.store.read { try $0.heads(of: joined.facts.node) }
    #expect(try joined.diagnose(repairs: true).problems.isEmpty)
    #expect(try joined.store.read { try $0.heads(of: joined.facts.node) } == heads)
    let (own, _) = try await met(joined, region)
    #expect(own.converged && own.sent == 0)
    try expectAgreement(joined, within: region)
  }

  /// A pack puts a division one level lower: its office keeps its place, and its certificate is renewed once.
  @Test func aDivisionThatAPackPutsLowerIsRenewedOnce() async throws {
    var office = try offices.enrolled("540102", "城关区局")
    try await met(office, region)
    let text = String(decoding: BuiltInPack.yaml, as: UTF8.self).replacingOccurrences(
      of: "  - {code: 540102, name: 城关区, level: county, parent: 540100, from: 1983}\n",
      with: """
          - {code: 540198, name: 城区片, level: county, parent: 540100, from: 2020}
          - {code: 540102, name: 城关区, level: county, parent: 540198, from: 1983}

        """)
    let folder = TemporaryFolder()
    _ = try region.importPlan(folder.file(text))
    #expect(try region.officesPlacedLower().map(\.name) == ["城关区局"])
    let center = try LocalNode(opening: region.store.folder, surroundings: region.surroundings)
    try await met(office, center)
    clock.pass(days: 600)
    center.tidyUp()
    let first = try #require(office.facts.certificateExpires)
    try await met(office, center)
    let changes = try center.status(division: nil).changes
    for _ in 0..<3 { try await met(office, center) }
    #expect(try center.status(division: nil).changes == changes)
    office = try LocalNode(opening: office.store.folder, surroundings: office.surroundings)
    #expect(try #require(office.facts.certificateExpires) > first)
    #expect(try certifiedScope(office).ancestors.map(\.description) == ["540100", "540000"])
    // Only a person puts it where the pack has it.
    #expect(try center.assign("城关区局", .init(division: "540102")).isNew)
    for _ in 0..<2 { try await met(office, center) }
    #expect(try certifiedScope(office).ancestors.map(\.description) == ["540198", "540100", "540000"])
    #expect(try center.officesPlacedLower().isEmpty)
    try expectAgreement(office, within: center)
  }
}
