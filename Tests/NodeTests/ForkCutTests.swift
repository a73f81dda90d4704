import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

/// A log with more than 8 branches counts up to its first fork, everywhere, whatever came first; until its enroller
/// rules.
@Suite struct ForkCutTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let author: LocalNode

  init() throws {
    offices = try TestOffices()
    region = offices.region
    author = try offices.enrolled("540100", "拉萨市局")
  }

  private func witness(_ name: String) async throws -> LocalNode {
    let witness = try offices.enrolled("540100", name)
    _ = try await sync(witness, region)
    return witness
  }

  private func expectSound(_ nodes: [LocalNode]) throws {
    for node in nodes {
      let problems = try node.verify().problems
      #expect(problems.isEmpty, "\(node.facts.name): \(problems)")
    }
  }

  /// The different fingerprints of what lies in the author's division. Of the region's notices each store has heard
  /// something else.
  private func prints(_ nodes: [LocalNode]) throws -> Set<Hash256> {
    let division = author.facts.division
    return Set(try nodes.map { try $0.store.read { try $0.fingerprint { $0.division == division } } })
  }

  /// As many branches from one trunk as are asked for.
  private func broom(_ branches: Int, trunk: Int = 3) throws -> ForkedLog {
    var log = ForkedLog(author: author)
    var last: Int?
    for _ in 0..<trunk { last = try log.grow(after: last) }
    for _ in 0..<branches { try log.grow(after: log.grow(after: last)) }
    return log
  }

  private func tips(_ log: ForkedLog) -> [Int] {
    log.steps.indices.filter { step in !log.steps.contains { $0.parent == step } }
  }

  /// A colleague's edits, which name what lies on several branches: of the shared record, and of one of its own that the
  /// changes named do not touch.
  private func answer(_ log: ForkedLog, by colleague: LocalNode) throws -> [Batch] {
    func dots(_ steps: some Sequence<ForkedLog.Step>, k: UInt32) -> [Dot] {
      steps.prefix(4).map { Dot(change: $0.head.ref, k: k) }.sorted()
    }
    let edits = dots(log.steps.filter { $0.made == nil }, k: 1)
    var odd = ForkedLog.creation(ForkedLog.odd, "别处")
    odd.writes[0].supersedes = dots(log.steps.reversed().filter { $0.made != nil }, k: 2)
    var own = ForkedLog(author: colleague)
    let step = try own.append(
      after: nil,
      [
        ForkedLog.creation(ForkedLog.shared, "同事"),
        ForkedLog.edit(.id(ForkedLog.shared), "定", superseding: edits), odd,
      ])
    return [own.batch(after: nil, to: step)]
  }

  /// Invariants 1 and 7.
  @Test(arguments: [7, 8, 9, 10, 12], [UInt64(1), 2])
  func invariant1TheCutIsTheSameInAnyOrder(branches: Int, seed: UInt64) async throws {
    var random = SeededRandom(seed: seed &* 100 &+ UInt64(branches))
    let log = try ForkedLog.random(author: author, branches: branches, using: &random)
    let colleague = try offices.enrolled("540100", "同事")
    let answer = try answer(log, by: colleague)
    var witnesses: [LocalNode] = []
    for number in 0..<4 {
      let witness = try await witness("见证\(number)")
      var batches = log.shuffled(using: &random)
      batches.insert(contentsOf: answer, at: Int.random(in: 0...batches.count, using: &random))
      // Some a frame each, some all in one.
      if number == 0 { try witness.take(batches) } else { for batch in batches { try witness.take([batch]) } }
      witnesses.append(witness)
    }
    let relayed = try await witness("转手")
    let (own, _) = try await sync(relayed, witnesses[1])
    #expect(own.converged && own.refused == 0)
    #expect(try prints(witnesses + [relayed]).count == 1)
    let cut = branches > 8 ? log.firstFork : nil
    for node in witnesses + [relayed] {
      #expect(try node.cuts() == (cut.map { [log.log: $0] } ?? [:]), "\(node.facts.name)")
    }
    try expectSound(witnesses + [relayed])
    // It is as if what lies beyond had never come.
    let never = try await witness("未见")
    let counting = log.steps.indices.filter { cut == nil || log.steps[$0].head.n <= cut! }
    try never.take(counting.map { log.batch(after: log.steps[$0].parent, to: $0) } + answer)
    let ids = log.steps.compactMap(\.made) + [ForkedLog.shared, ForkedLog.odd]
    for node in witnesses + [relayed] { #expect(node.titles(ids) == never.titles(ids)) }
    #expect(try prints(witnesses + [never]).count == (cut == nil ? 1 : 2))
  }

  @Test func aForkThatLiesLowerMovesTheCutDown() async throws {
    var log = try broom(9, trunk: 5)
    let early = try await witness("先到"), late = try await witness("后到")
    let all = log.steps.indices.map { log.batch(after: log.steps[$0].parent, to: $0) }
    try early.take(all)
    #expect(try early.cuts() == [log.log: 5])
    #expect(try early.store.read { try $0.recordCount() } == 5)
    let low = try log.grow(after: 1)
    let lower = log.batch(after: 1, to: low)
    try early.take([lower])
    // What lies beyond goes on, and moves nothing.
    let further = try log.grow(after: 6)
    try early.take([log.batch(after: 6, to: further)])
    try late.take([all[0], all[1], lower] + all[2...] + [log.batch(after: 6, to: further)])
    for node in [early, late] {
      #expect(try node.cuts() == [log.log: 2])
      #expect(try node.store.read { try $0.recordCount() } == 2)
      let beyond = try #require(try node.store.read { try $0.cutLogs().first?.beyondCut })
      #expect(beyond.branches == 10 && beyond.changes == 23)
      #expect(try node.status(division: nil).quarantined == 23)
    }
    #expect(try prints([early, late]).count == 1)
    try expectSound([early, late])
  }

  /// A log that parts before its first change counts nowhere.
  @Test func aLogThatPartsAtItsBeginningCountsNothing() async throws {
    let log = try broom(9, trunk: 0)
    let node = try await witness("见证"), other = try await witness("另一")
    let empty = try node.fingerprint(of: "540100")
    try node.take(tips(log).map { log.batch(after: nil, to: $0) })
    #expect(try node.cuts() == [log.log: 0])
    #expect(try node.store.read { try $0.recordCount() } == 0)
    // It is not the same as never to have heard of it.
    #expect(try node.fingerprint(of: "540100") != empty)
    let (own, _) = try await sync(other, node)
    #expect(own.converged)
    #expect(try prints([node, other]).count == 1 && other.cuts() == [log.log: 0])
    try expectSound([node, other])
  }

  /// Only the ends of what came are signed, and the cut lies between two: what is sent on can be believed all the same.
  @Test func whatIsCutBetweenTwoSignaturesIsBelieved() async throws {
    let log = try broom(9, trunk: 40)
    let node = try await witness("见证"), next = try await witness("下家"), last = try await witness("末家")
    let ends = tips(log)
    try node.take([log.batch(after: nil, to: ends[0], isSparse: true)])
    try node.take(ends.dropFirst().map { log.batch(after: 39, to: $0, isSparse: true) })
    #expect(try node.cuts() == [log.log: 40])
    for (from, to) in [(node, next), (next, last)] {
      let (own, _) = try await sync(to, from)
      #expect(own.converged && own.refused == 0 && own.hasCut)
      #expect(try to.cuts() == [log.log: 40])
    }
    #expect(try prints([node, next, last]).count == 1)
    try expectSound([node, next, last])
  }

  /// Each has 8 branches, which is not too many; together they have more.
  @Test func twoThatAreWholeCutTogether() async throws {
    let log = try broom(12)
    let left = try await witness("左"), right = try await witness("右")
    let ends = tips(log)
    try left.take(ends.prefix(8).map { log.batch(after: nil, to: $0) })
    try right.take(ends.suffix(8).map { log.batch(after: nil, to: $0) })
    #expect(try left.cuts().isEmpty && right.cuts().isEmpty)
    let (own, theirs) = try await sync(left, right)
    #expect(own.converged && theirs.converged && own.hasCut && theirs.hasCut)
    #expect(try left.cuts() == [log.log: 3] && right.cuts() == [log.log: 3])
    #expect(try prints([left, right]).count == 1)
    try expectSound([left, right])
    let (again, _) = try await sync(left, right)
    #expect(again.converged && again.sent == 0 && again.received == 0)
  }

  /// The enroller rules; whether that is heard of before the branches or after them.
  @Test(arguments: [0, 3, 8])
  func invariant1WhatARulingHonoursCounts(kept: Int) async throws {
    var random = SeededRandom(seed: UInt64(kept))
    var log = try ForkedLog.random(author: author, branches: 11, using: &random)
    for step in tips(log) { try log.grow(after: step) }
    let batches = log.shuffled(using: &random)
    let colleague = try offices.enrolled("540100", "同事")
    let answer = try answer(log, by: colleague)
    let before = try await witness("先闻"), after = try await witness("后闻")
    try region.take(batches + answer)
    try after.take(answer + log.shuffled(using: &random))
    #expect(try region.cuts() == after.cuts() && !region.cuts().isEmpty)
    _ = try region.revoke("拉萨市局", reason: "分叉过多", keepingBranches: kept)
    #expect(try region.cuts().isEmpty)
    _ = try await sync(after, region)
    let stranger = try offices.enrolled("540100", "新来")
    _ = try await sync(stranger, region)
    try before.take(batches)
    let (own, _) = try await sync(before, region)
    #expect(own.converged)
    try before.take(batches)
    let all = [region, before, after, stranger]
    for node in all { #expect(try node.cuts().isEmpty) }
    #expect(try prints(all).count == 1)
    try expectSound(all)
    let longest = tips(log).sorted { log.steps[$0].head.n > log.steps[$1].head.n }
    let shown = region.titles(log.steps.compactMap(\.made)).count
    let trunk = log.steps.count { $0.made != nil && $0.head.n <= log.firstFork! }
    #expect(kept == 0 ? shown == trunk : shown > trunk)
    if kept > 0 {
      for step in log.path(to: longest[0]) where log.steps[step].made != nil {
        #expect(region.titles([log.steps[step].made!]).count == 1)
      }
    }
  }

  /// Invariant 8: of ever more branches no more is kept than tells, and those who kept others agree.
  @Test func invariant8FurtherBranchesAreLeftOut() async throws {
    var log = try broom(100)
    let one = try await witness("甲"), other = try await witness("乙")
    let ends = tips(log)
    try one.take(ends.map { log.batch(after: nil, to: $0) })
    for end in ends.reversed() {
      // Change by change: what follows a part that was left out is left out.
      try other.take([log.batch(after: nil, to: log.steps[end].parent!)])
      try other.take([log.batch(after: log.steps[end].parent!, to: end)])
    }
    for node in [one, other] {
      let beyond = try #require(try node.store.read { try $0.cutLogs().first?.beyondCut })
      #expect(beyond.branches <= LogLimits.branchesKept && beyond.branches > LogLimits.branches)
      #expect(try node.cuts() == [log.log: 3])
      #expect(try node.store.read { try $0.quarantine().count } == 1)
    }
    #expect(try prints([one, other]).count == 1)
    let (own, _) = try await sync(one, other)
    #expect(own.converged && own.refused == 0)
    let low = try log.grow(after: 0)
    try other.take([log.batch(after: 0, to: low)])
    let (moved, _) = try await sync(one, other)
    #expect(moved.converged && moved.hasCut)
    #expect(try one.cuts() == [log.log: 1] && other.cuts() == [log.log: 1])
    try expectSound([one, other])
    // What one of them left out and the ruling honours comes to it.
    _ = try await sync(region, one)
    _ = try region.revoke("拉萨市局", reason: "", keepingBranches: 8)
    // Who brought what is refused by now exchanges heads the next time.
    for node in [one, other, other] { _ = try await sync(node, region) }
    #expect(try prints([region, one, other]).count == 1)
    for node in [region, one, other] { #expect(try node.cuts().isEmpty, "\(node.facts.name)") }
    try expectSound([region, one, other])
  }

  /// Invariant 8: a hostile author forks his log lower and lower, in one frame. It costs a few moves of the cut at a
  /// time, and in the end the cut is where it is for everybody.
  @Test func invariant8ManyLowerForksMoveTheCutAFewStepsAtATime() throws {
    let author = try offices.enrolled("540100", "拉萨市局二号")
    var log = ForkedLog(author: author)
    var trunk = [try log.grow(after: nil)]
    for _ in 0..<59 { trunk.append(try log.grow(after: trunk[trunk.count - 1])) }
    let ends = try (0..<9).map { _ in try log.grow(after: trunk[59]) }
    try region.take(ends.map { log.batch(after: nil, to: $0) })
    #expect(try region.cuts() == [log.log: 60])
    let lower = try (0..<50).map { try log.grow(after: trunk[58 - $0]) }
    let frame = lower.map { log.batch(after: nil, to: $0) }
    try region.take(frame)
    #expect(try region.cuts() == [log.log: 60 - UInt64(LogLimits.lowerForks)])
    for _ in 0..<3 { try region.take(frame) }
    #expect(try region.cuts() == [log.log: 10])
    try expectSound([region])
  }

  /// Invariant 8: a hostile author has many logs cut in one frame. What names a change that counts no more is looked for once.
  @Test func invariant8LogsThatAreCutInOneFrameCostOneLookTogether() throws {
    func cost(records: Int, logs: Int) throws -> Int {
      let offices = try TestOffices()
      let colleague = try offices.enrolled("540100", "同事")
      let hostile = try offices.enrolled("540100", "拉萨市局")
      var edits = ForkedLog(author: colleague)
      var last: Int?
      for number in 0..<records {
        let id = RecordID(milliseconds: 500, random: (5, UInt64(number)))
        last = try edits.append(after: last, [ForkedLog.creation(id, "一")])
        last = try edits.append(after: last, [ForkedLog.edit(.id(id), "二", superseding: [])])
      }
      try offices.region.take([edits.batch(after: nil, to: last!)])
      let frame = try (1...logs).flatMap { epoch in
        var log = ForkedLog(author: hostile, epoch: UInt64(epoch))
        let steps = try (0..<9).map { _ in try log.grow(after: nil) }
        return steps.map { log.batch(after: nil, to: $0) }
      }
      let count = try StoreCosts.statementCount(offices.region.store) { try offices.region.take(frame) }
      #expect(try offices.region.cuts().count == logs)
      return count
    }
    // A change that is looked at costs a statement.
    let (few, many) = (20, 80)
    let one = try cost(records: many, logs: 1) - cost(records: few, logs: 1)
    let ten = try cost(records: many, logs: 10) - cost(records: few, logs: 10)
    #expect(one > many - few && ten < 2 * one, "\(one), \(ten)")
  }

  /// A certificate beyond the cut of its issuer's notices does not count.
  @Test(arguments: [true, false])
  func certificatesBeyondACutDoNotCount(forksFirst: Bool) async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局二号", mayEnrol: true)
    let kept = try offices.enrolled("540121", "林周县局", by: lhasa)
    _ = try await sync(lhasa, region)
    _ = try await sync(kept, region)
    let heads = try lhasa.store.read { try $0.heads(of: lhasa.facts.node) }
    let fork = try #require(heads.first { $0.log.space.section == .notices })
    let later = try offices.enrolled("540121", "林周县局二号", by: lhasa)
    _ = try offices.enrolled("540121", "林周县局三号", by: lhasa)
    let first = try kept.addTraining("一")
    let second = try later.addTraining("二")
    let clones: [Batch] = try (0..<8).map { number in
      var head = fork
      let id = RecordID(milliseconds: 1, random: (1, UInt64(number)))
      let content = ChangeContent(time: 1_756_700_000_000, mutations: [ForkedLog.creation(id, "\(number)")])
      let (change, signature) = try head.append(content, seed: [UInt8](repeating: 7, count: 16)) {
        try lhasa.identity.key.sign($0)
      }
      return Batch(
        log: fork.log, startN: fork.n, startHash: fork.hash, bodies: [change.body],
        signatures: [Batch.HeadSignature(n: change.n, signature: signature)])
    }
    _ = try await sync(later, kept)
    if forksFirst { try region.take(clones) }
    _ = try await sync(lhasa, region)
    if !forksFirst { try region.take(clones) }
    #expect(try region.cuts() == [fork.log: fork.n])
    // It hears of the cut, and takes out what it had taken in.
    let (own, _) = try await sync(kept, region)
    #expect(own.converged)
    for node in [kept, region] {
      #expect(try node.field(first, "title") == .single(.text("一")))
      #expect(node.titles([RecordID(second)!]).isEmpty, "\(node.facts.name)")
      #expect(try node.cuts() == [fork.log: fork.n])
    }
    #expect(try kept.fingerprint(of: "540121") == region.fingerprint(of: "540121"))
    try expectSound([kept, region])
    await #expect(throws: CertificateRefusal.self) { _ = try await sync(later, region) }
    // The region honours the branch that holds it.
    _ = try region.revoke("拉萨市局二号", reason: "", keepingBranches: 1)
    _ = try await sync(later, region)
    let (ruled, _) = try await sync(kept, region)
    #expect(ruled.converged)
    for node in [kept, region] {
      #expect(try node.field(second, "title") == .single(.text("二")), "\(node.facts.name)")
      #expect(try node.cuts().isEmpty)
    }
    #expect(try kept.fingerprint(of: "540121") == region.fingerprint(of: "540121"))
    try expectSound([kept, region])
  }
}
