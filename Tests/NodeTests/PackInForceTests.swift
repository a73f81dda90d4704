import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// Which campaign pack is in force follows from what is held, also where none that was issued counts any more.
@Suite struct PackInForceTests {
  private let folder = TemporaryFolder()
  private let offices: TestOffices
  private var region: LocalNode { offices.region }

  init() throws { offices = try TestOffices() }

  private func pack(_ version: Int) -> [UInt8] {
    Array(
      String(decoding: BuiltInPack.yaml, as: UTF8.self)
        .replacingOccurrences(of: "version: 1\n", with: "version: \(version)\n").utf8)
  }

  private func version(_ node: LocalNode) throws -> Int { try node.store.read { try $0.pack().info.version } }

  private func witnesses(_ names: String...) async throws -> [LocalNode] {
    var nodes: [LocalNode] = []
    for name in names {
      nodes.append(try offices.enrolled("540100", name))
      try await met(nodes.last!, region)
    }
    return nodes
  }

  private func expect(_ version: Int, at nodes: [LocalNode]) throws {
    for node in nodes {
      #expect(try self.version(node) == version, "\(node.facts.name)")
      #expect(try node.verify().problems.isEmpty, "\(node.facts.name)")
    }
  }

  /// A ruling leaves out the branch of the newest pack: records were kept by that, so it is issued again, and said.
  @Test func aRulingTakesNoPackAway() async throws {
    let nodes = try await witnesses("先到", "后到")
    var log = ForkedLog(author: region, section: .notices)
    let trunk = try log.append(after: log.grow(after: nil), [], statements: [.pack(pack(2))])
    var ends = [try log.append(after: trunk, [], statements: [.pack(pack(3))])]
    for _ in 0..<10 { ends.append(try log.grow(after: log.grow(after: trunk))) }
    let batches = ends.map { log.batch(after: nil, to: $0) }
    try nodes[0].take([batches[0]])
    for node in nodes + [region] { try node.take(batches.reversed()) }
    try expect(2, at: nodes + [region])
    let ruling = try region.ruleOnOwnLogs(keepingBranches: 8)
    #expect(ruling.logs == 1 && ruling.reissued == 3)
    for node in nodes { try await met(node, region) }
    let stranger = try await witnesses("新来")
    try expect(3, at: nodes + stranger + [region])
    // The next one comes behind it.
    let file = try folder.file(
      String(decoding: BuiltInPack.yaml, as: UTF8.self).replacingOccurrences(
        of: "质量月", with: "质量提升月"))
    #expect(try region.importPlan(file).info.version == 4)
    #expect(try region.ruleOnOwnLogs(keepingBranches: 8).reissued == nil)
  }

  /// Another computer of the region that may issue packs.
  private func issuer() throws -> LocalNode {
    let second = try offices.office("540000", "自治区二号")
    let own = try #require(region.identity.chain.first?.office)
    let office = Office(name: "自治区二号", id: own.id, scope: own.scope, rights: [.enrol, .issuePacks])
    _ = try region.store.write {
      try region.issue(office, to: second.identity.key.publicKey, after: nil, in: $0)
    }
    return second
  }

  /// The only pack that was issued is a stolen computer's: whoever took it in comes back to what he had.
  @Test func invariant1NoPackIsInForceByWhatDoesNotCount() async throws {
    let thief = try issuer()
    let nodes = try await witnesses("先闻", "后闻")
    let path = try folder.file(String(decoding: pack(7), as: UTF8.self))
    let own = try offices.join(
      LocalNode.create(
        folder: folder.path + "/own", division: "540100", name: "自带方案", isRegion: false, plan: path),
      by: region)
    try await met(own, region)
    var log = ForkedLog(author: thief, section: .notices)
    let step = try log.append(after: nil, [], statements: [.pack(pack(5))])
    let batch = log.batch(after: nil, to: step)
    for node in [nodes[0], own] {
      try node.take([batch])
      #expect(try version(node) == 5)
    }
    _ = try region.revoke(thief.facts.node.description, reason: "失窃")
    for node in nodes + [own] { try await met(node, region) }
    for node in nodes + [own, region] { try node.take([batch]) }
    try expect(1, at: nodes + [region])
    try expect(7, at: [own])
    // What is found again counts again.
    _ = try region.reinstate(thief.facts.node.description)
    for node in nodes + [own] { try await met(node, region) }
    try expect(5, at: nodes + [own, region])
  }

  /// A plan that nobody issued does not count less than before because another was: which it was is told with it.
  @Test func aSessionTellsWhichPlanGaveWayToWhich() async throws {
    let path = try folder.file(String(decoding: pack(7), as: UTF8.self))
    let own = try offices.join(
      LocalNode.create(
        folder: folder.path + "/own", division: "540100", name: "自带方案", isRegion: false, plan: path),
      by: region)
    let next = try folder.file(
      String(decoding: BuiltInPack.yaml, as: UTF8.self).replacingOccurrences(of: "质量月", with: "质量提升月"))
    #expect(try region.importPlan(next).info.version == 2)
    let (told, _) = try await sync(own, region)
    let change = try #require(told.planChange)
    #expect(change.former.pack.info.version == 7 && !change.former.isIssued)
    #expect(change.now.pack.info.version == 2 && change.now.isIssued)
    let (quiet, _) = try await sync(own, region)
    #expect(quiet.planChange == nil)
    // There and back is no change.
    #expect(PlanChange(change, then: change.reversed) == nil)
    #expect(PlanChange(nil, then: change) == change && PlanChange(change, then: nil) == change)
  }

  /// A store that an older program kept does not know which pack it came with: it was most likely the program's own, and one
  /// whose issuer is revoked may not stay.
  @Test func whereItIsNotKnownWhatTheStoreCameWithItIsTheProgramsOwn() async throws {
    let thief = try issuer()
    let nodes = try await witnesses("旧版")
    var log = ForkedLog(author: thief, section: .notices)
    let step = try log.append(after: nil, [], statements: [.pack(pack(5))])
    try nodes[0].take([log.batch(after: nil, to: step)])
    try nodes[0].store.write { try $0.clearMeta(.packGiven) }
    _ = try region.revoke(thief.facts.node.description, reason: "失窃")
    try await met(nodes[0], region)
    try expect(1, at: nodes)
    let file = try folder.file(
      String(decoding: BuiltInPack.yaml, as: UTF8.self).replacingOccurrences(
        of: "质量月", with: "质量提升月"))
    let issued = try region.importPlan(file).info.version
    try await met(nodes[0], region)
    try expect(issued, at: nodes + [region])
  }

  /// All packs lie beyond a cut: the greatest of them stays until one counts, whatever came first.
  @Test func invariant1APackBeyondACutIsInForceWhereNoOtherIs() async throws {
    let nodes = try await witnesses("先到", "后到", "最后")
    var log = ForkedLog(author: region, section: .notices)
    let ends = try (0..<10).map { number in
      number < 2
        ? try log.append(after: nil, [], statements: [.pack(pack(3 + number))]) : try log.grow(after: nil)
    }
    let batches = ends.map { log.batch(after: nil, to: $0) }
    var other = ForkedLog(author: region, epoch: 2, section: .notices)
    let step = try other.append(after: nil, [], statements: [.pack(pack(2))])
    let counting = other.batch(after: nil, to: step)
    try nodes[0].take(batches)
    for batch in batches.reversed() { try nodes[1].take([batch]) }
    try expect(4, at: [nodes[0], nodes[1]])
    try nodes[2].take([counting])
    try nodes[2].take(batches)
    for node in nodes { try node.take([counting]) }
    try expect(2, at: nodes)
  }
}
