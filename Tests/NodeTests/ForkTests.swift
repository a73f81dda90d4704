import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// What lies on the branches of a forked log is told, by every store in the same way.
@Suite struct ForkTests {
  private let offices: TestOffices
  private let region: LocalNode

  init() throws {
    offices = try TestOffices()
    region = offices.region
  }

  private func forks(_ node: LocalNode) throws -> [Fork] {
    try node.store.read { snapshot in try snapshot.forkedLogs().compactMap { try snapshot.fork(of: $0) } }
  }

  private func heading(_ view: RecordView) -> String? {
    guard let kind = view.kind, case .single(.text(let text))? = view.content?["title", in: kind] else {
      return nil
    }
    return text
  }

  /// A computer that was set back and wrote on.
  @Test func whatLiesOnEachBranchIsTold() async throws {
    let computer = Computer(try offices.enrolled("540100", "拉萨市局"))
    let shared = try computer.node().addTraining("原题")
    let (first, _) = try await sync(computer.node(), region)
    #expect(first.forked == 0)
    #expect(try forks(region).isEmpty && computer.node().status(division: nil).forkedLogs.isEmpty)
    let data = try computer.saved()
    let early = try computer.node().addTraining("甲")
    _ = try computer.node().edit(shared, operations: [.set("title", to: "甲题")], operatorName: "")
    _ = try await sync(computer.node(), region)
    try computer.setBack(to: data)
    let late = try computer.node().addTraining("乙")
    let (own, theirs) = try await sync(computer.node(), region)
    #expect(own.forked == 1 && theirs.forked == 1)
    for holder in [try computer.node(), region] {
      let fork = try #require(try forks(holder).first)
      #expect(try holder.status(division: nil).forkedLogs == [fork.log])
      #expect(fork.log.node == computer.nodeID && fork.n == 1 && !fork.isCut && fork.conflicted == 0)
      let made = try holder.store.read { try $0.record(prefix: shared).created?.time }
      #expect(fork.at == made)
      #expect(fork.branches.map(\.changes) == [2, 1] && fork.branches.allSatisfy(\.isWhole))
      #expect(fork.branches.map(\.recordCount) == [2, 1])
      #expect(fork.branches[0].records.map(\.id.description) == [early, shared])
      #expect(fork.branches[1].records.map(\.id.description) == [late])
      #expect(fork.branches[0].from <= fork.branches[0].to && fork.branches[0].to <= fork.branches[1].from)
    }
    // Nothing came since.
    let (quiet, _) = try await sync(computer.node(), region)
    #expect(quiet.forked == 0)
  }

  @Test func aConflictBetweenBranchesIsCounted() async throws {
    let computer = Computer(try offices.enrolled("540100", "拉萨市局"))
    let shared = try computer.node().addTraining("原题")
    let data = try computer.saved()
    for title in ["甲题", "乙题"] {
      try computer.setBack(to: data)
      _ = try computer.node().edit(shared, operations: [.set("title", to: title)], operatorName: "")
      _ = try await sync(computer.node(), region)
    }
    #expect(try forks(region).map(\.conflicted) == [1])
  }

  /// Invariant 8: `status` asks, so a long branch is looked through in part; branches of branches are told too.
  @Test func invariant8OfALongBranchTheBeginningIsLookedThrough() throws {
    let author = try offices.enrolled("540100", "拉萨市局")
    var log = ForkedLog(author: author)
    let trunk = try log.grow(after: nil)
    var last = trunk
    for _ in 0..<300 { last = try log.grow(after: last) }
    let short = try log.grow(after: log.grow(after: trunk))
    let nested = try log.grow(after: short - 1)
    try region.take([last, short, nested].map { log.batch(after: nil, to: $0) })
    let fork = try #require(try forks(region).first)
    #expect(fork.n == 1 && fork.branches.map(\.changes) == [300, 2, 1])
    #expect(fork.branches.map(\.isWhole) == [false, true, true])
    #expect(fork.branches[0].recordCount == 256 && fork.branches[0].records.count == 5)
    #expect(fork.branches[2].first == 3)
  }

  /// Who is to rule on a log that is cut is shown what lies beyond, though none of it is a record here.
  @Test func whatLiesBeyondACutIsNamed() throws {
    let author = try offices.enrolled("540100", "拉萨市局")
    var log = ForkedLog(author: author)
    let ends = try (0..<9).map { _ in try log.grow(after: nil) }
    try region.take(ends.map { log.batch(after: nil, to: $0) })
    let fork = try #require(try forks(region).first)
    #expect(fork.isCut && fork.n == 0 && fork.at == nil && fork.branches.count == 9)
    #expect(Set(fork.branches.flatMap(\.records).compactMap(heading)) == Set((0..<9).map { "第\($0)个" }))
    #expect(try region.store.read { try $0.recordCount() } == 0)
  }

  /// A log that goes on beyond what a revocation honours has one branch.
  @Test func aRevokedTailIsNoFork() async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    try office.addTraining("一")
    _ = try await sync(office, region)
    try office.addTraining("二")
    let witness = try offices.enrolled("540100", "见证")
    _ = try await sync(witness, office)
    _ = try region.revoke("拉萨市局", reason: "")
    _ = try await sync(witness, region)
    #expect(try witness.store.read { try $0.quarantine().count } == 1)
    #expect(try forks(witness).isEmpty)
  }

  /// What several branches left may have been taken out itself: they are a fork all the same, and every log that is listed
  /// as forked is told.
  @Test func branchesWhoseTrunkWasRevokedAreAFork() async throws {
    let author = try offices.enrolled("540100", "拉萨市局")
    let witness = try offices.enrolled("540100", "见证")
    _ = try await sync(witness, region)
    var log = ForkedLog(author: author)
    let ends = try (0..<3).map { _ in try log.grow(after: nil) }
    try witness.take(ends.map { log.batch(after: nil, to: $0) })
    try region.take(ends.dropFirst().map { log.batch(after: nil, to: $0) })
    _ = try region.revoke(author.facts.node.description, reason: "")
    _ = try await sync(witness, region)
    #expect(try witness.store.read { try $0.forkedLogs() } == [log.log])
    let fork = try #require(try forks(witness).first)
    #expect(fork.n == 0 && fork.at == nil && !fork.isCut)
    #expect(fork.branches.map(\.changes) == [1, 1])
    #expect(try forks(region).first?.branches.map(\.hash) == fork.branches.map(\.hash))
  }
}
