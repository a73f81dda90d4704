import Campaign
import Ledger
import Store
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

/// The region's own log is cut, and nobody stands above it: it rules itself.
@Suite struct OwnRulingTests {
  private let offices: TestOffices
  private let region: LocalNode

  init() throws {
    offices = try TestOffices()
    region = offices.region
  }

  private func witness(_ name: String) async throws -> LocalNode {
    let witness = try offices.enrolled("540100", name)
    _ = try await sync(witness, region)
    return witness
  }

  private func prints(_ nodes: [LocalNode]) throws -> Set<Hash256> {
    let notices = Space(division: region.facts.division, section: .notices)
    return Set(try nodes.map { try $0.store.read { try $0.fingerprint { $0 == notices } } })
  }

  private func expectSound(_ nodes: [LocalNode]) throws {
    for node in nodes {
      let problems = try node.verify().problems
      #expect(problems.isEmpty, "\(node.facts.name): \(problems)")
    }
  }

  /// Notices, which all may read: a trunk of 2 and 11 branches of 1, 2, 3 … changes.
  private func forked() throws -> ForkedLog {
    var log = ForkedLog(author: region, section: .notices)
    let trunk = try log.grow(after: log.grow(after: nil))
    for length in 1...11 {
      var last = trunk
      for _ in 0..<length { last = try log.grow(after: last) }
    }
    return log
  }

  private func ends(_ log: ForkedLog) -> [Int] {
    log.steps.indices.filter { step in !log.steps.contains { $0.parent == step } }
  }

  /// Whether a store hears of the ruling before the branches or after.
  @Test(arguments: [0, 3, 8])
  func invariant1WhatTheRegionRulesOnItsOwnLogHoldsEverywhere(kept: Int) async throws {
    let log = try forked()
    let batches = ends(log).map { log.batch(after: nil, to: $0) }
    let before = try await witness("先闻"), after = try await witness("后闻")
    #expect(try region.ruleOnOwnLogs(keepingBranches: 1).logs == 0)
    try region.take(batches)
    try after.take(batches.reversed())
    #expect(try region.cuts() == [log.log: 2] && after.cuts() == [log.log: 2])
    let line = try #require(try region.store.read { try $0.cutLogs().first?.beyondCut })
    #expect(line.isOfRegion)
    #expect(try region.ruleOnOwnLogs(keepingBranches: kept).logs == 1)
    _ = try await sync(after, region)
    let stranger = try await witness("新来")
    let (own, _) = try await sync(before, region)
    #expect(own.converged)
    try before.take(batches)
    // Each hears of who joined meanwhile.
    for node in [before, after, stranger] { _ = try await sync(node, region) }
    let all = [region, before, after, stranger]
    for node in all {
      #expect(try node.cuts().isEmpty, "\(node.facts.name)")
      #expect(try node.store.read { try $0.office(region.facts.node)?.isRevoked } == false)
    }
    #expect(try prints(all).count == 1)
    try expectSound(all)
    // A branch of n changes, and the trunk of 2: the longest stay.
    let shown = region.titles(log.steps.compactMap(\.made)).count
    #expect(shown == 2 + (1...11).reversed().prefix(kept).reduce(0, +))
    // The region's other logs are as they were, and it goes on.
    let id = try region.addTraining("此后")
    let (next, _) = try await sync(after, region)
    #expect(next.converged)
    #expect(try region.field(id, "title") == .single(.text("此后")))
    #expect(try region.ruleOnOwnLogs(keepingBranches: kept).logs == 0)
    _ = try region.diagnose(repairs: true)
    #expect(try region.cuts().isEmpty && prints([region, after]).count == 1)
  }

  /// A ruling that lies beyond the cut of its own log says nothing, in whatever order all comes.
  @Test func invariant1ARulingBeyondACutSaysNothing() async throws {
    let log = try forked()
    let batches = ends(log).map { log.batch(after: nil, to: $0) }
    let early = try await witness("先到"), late = try await witness("后到")
    for node in [region, early, late] { try node.take(batches) }
    #expect(try region.ruleOnOwnLogs(keepingBranches: 8).logs == 1)
    for node in [early, late] { _ = try await sync(node, region) }
    #expect(try early.cuts().isEmpty && late.cuts().isEmpty)
    let head = try #require(
      try region.store.read { snapshot in
        try snapshot.heads(of: region.facts.node).filter {
          $0.log.space.section == .notices && $0.log != log.log
        }
        .max { $0.n < $1.n }
      })
    // Nine others beside the ruling, the last change of that log.
    let parting = try #require(try region.batchBefore(head))
    let clones: [Batch] = try (0..<9).map { number in
      var end = parting
      let content = ChangeContent(
        time: 1_756_700_000_000,
        mutations: [
          ForkedLog.creation(RecordID(milliseconds: 5, random: (5, UInt64(number))), "\(number)")
        ])
      let (change, signature) = try end.append(content, seed: [UInt8](repeating: 7, count: 16)) {
        try region.identity.key.sign($0)
      }
      return Batch(
        log: end.log, startN: parting.n, startHash: parting.hash, bodies: [change.body],
        signatures: [Batch.HeadSignature(n: change.n, signature: signature)])
    }
    try early.take(clones)
    for batch in clones.reversed() { try late.take([batch]) }
    for node in [early, late] {
      #expect(try node.cuts() == [log.log: 2, head.log: parting.n], "\(node.facts.name)")
    }
    #expect(try prints([early, late]).count == 1)
    try expectSound([early, late])
    // Told of it, the region rules again, in another log, on both.
    _ = try await sync(region, early)
    #expect(try region.cuts().count == 2)
    #expect(try region.ruleOnOwnLogs(keepingBranches: 8).logs == 2)
    for node in [early, late] { _ = try await sync(node, region) }
    #expect(try early.cuts().isEmpty && late.cuts().isEmpty && prints([region, early, late]).count == 1)
    try expectSound([region, early, late])
  }

  /// Invariant 8: two logs of the region, each of which takes the other's word back. Every store comes to an end with
  /// them, and to the same.
  @Test func invariant8RulingsThatSpeakOfEachOtherComeToAnEnd() async throws {
    let witness = try await self.witness("见证"), other = try await self.witness("另一")
    var logs = (1...2).map { ForkedLog(author: region, epoch: $0, section: .notices) }
    let first = try logs.indices.map { index in
      let id = RecordID(milliseconds: 3, random: (3, UInt64(index)))
      return try logs[index].append(after: nil, [ForkedLog.creation(id, "\(index)")], made: id)
    }
    let batches = try logs.indices.map { index in
      let named = logs[1 - index].head(of: first[1 - index]).ref
      let word = Revocation(node: region.facts.node, honoured: [named], reason: "")
      let said = try logs[index].append(after: first[index], [], statements: [.revocation(word)])
      let id = RecordID(milliseconds: 4, random: (4, UInt64(index)))
      let end = try logs[index].append(after: said, [ForkedLog.creation(id, "\(index)")], made: id)
      return logs[index].batch(after: nil, to: end)
    }
    try witness.take(batches)
    for batch in batches.reversed() { try other.take([batch]) }
    for node in [witness, other] { _ = try await sync(node, region) }
    for node in [witness, other, region] {
      // The second log's word holds, of the greater epoch; the first one's goes with what it takes out.
      #expect(node.titles(logs[0].steps.compactMap(\.made)).count == 1, "\(node.facts.name)")
      #expect(node.titles(logs[1].steps.compactMap(\.made)).count == 2, "\(node.facts.name)")
    }
    for node in [witness, other] { _ = try await sync(node, region) }
    #expect(try prints([witness, other, region]).count == 1)
    try expectSound([witness, other, region])
  }

  @Test func onlyTheRegionRulesOnItsOwn() async throws {
    let office = try await witness("拉萨市局")
    #expect(throws: NodeError.self) { _ = try office.ruleOnOwnLogs(keepingBranches: 1) }
    // What an office says of itself is nobody's word.
    var log = ForkedLog(author: office, section: .notices)
    let named = Revocation(node: office.facts.node, honoured: [], reason: "")
    let step = try log.append(after: log.grow(after: nil), [], statements: [.revocation(named)])
    try region.take([log.batch(after: nil, to: step)])
    #expect(try region.store.read { try $0.office(office.facts.node)?.isRevoked } == false)
    let id = try office.addTraining("一")
    _ = try await sync(office, region)
    #expect(try region.field(id, "title") == .single(.text("一")))
  }
}

extension LocalNode {
  /// Where a log stood before the change that a head names.
  fileprivate func batchBefore(_ head: LogHead) throws -> LogHead? {
    try store.read { snapshot in
      let batches = try snapshot.outgoing(
        after: 0, scope: { $0 == head.log.space }, excluding: nil, held: HeldRanges(), limit: 1 << 20,
        signatureSpan: 0
      ).batches
      for batch in batches where batch.log == head.log && batch.startN + 1 < head.n {
        let index = Int(head.n - batch.startN) - 2
        guard index < batch.hashes.count else { continue }
        return try snapshot.head(of: head.log, at: head.n - 1, batch.hashes[index])
      }
      return nil
    }
  }
}
