import Foundation
import GRDB
import Ledger
import TestSupport
import Testing
import Wire

@testable import Node
@testable import Store

/// Invariant 8 for heads: however many a peer names of one log, and however many branches that has, each costs one look,
/// and no more are looked at than there may be.
@Suite struct HeadBoundsTests {
  private static let branches = 60
  private let node: LocalNode
  private let log: ForkedLog

  init() throws {
    let offices = try TestOffices()
    node = offices.region
    var log = ForkedLog(author: try offices.enrolled("540100", "拉萨市局"))
    var last: Int?
    for _ in 0..<3 { last = try log.grow(after: last) }
    var ends: [Int] = []
    for _ in 0..<HeadBoundsTests.branches {
      ends.append(try log.grow(after: log.grow(after: log.grow(after: last))))
    }
    try node.take(ends.map { log.batch(after: nil, to: $0) })
    self.log = log
  }

  /// As many heads that nobody holds, of numbers that every branch has.
  private func heads(_ count: Int) -> [LogHead] {
    (0..<count).map {
      LogHead(log: log.log, n: 4 + UInt64($0 % 2), hash: Hash256(hashing: $0.bigEndianBytes), time: 0)
    }
  }

  private func statements(_ body: (Snapshot) throws -> Void) throws -> Int {
    try StoreCosts.statements(node.store, body).count
  }

  /// 64 rows and 192 that are waited for, and the log's own.
  private let most = 256 + 4

  @Test func invariant8HeadsOfOneLogCostALookEach() throws {
    let many = heads(5000)
    let ranges = many.map { OfferedRange(log: $0.log, from: 1, to: $0.n, toHash: $0.hash) }
    var missing = 0
    let counting = try statements { missing = try $0.missingCount(of: ranges) }
    #expect(counting <= most && missing == 256)
    var vouched: [LogHead] = []
    let vouching = try statements { vouched = try $0.vouched(many) }
    #expect(vouching <= most && vouched.count <= 1)
    let held = many.map { HeldLog(log: $0.log, points: [HeldLog.Point(n: $0.n, hash: $0.hash)]) }
    let narrowing = try statements { _ = try $0.heldRanges(held) }
    #expect(narrowing <= most)
    // Beside the answer itself: a few numbers of each branch.
    var answer: [HeldLog] = []
    let answering = try statements { answer = try $0.held(of: ranges) }
    #expect(answer.count == HeadBoundsTests.branches + 1)
    #expect(answering <= most + (HeadBoundsTests.branches + 1) * 4)
  }

  /// An answer with many points is halved, and says the same.
  @Test func invariant8AnAnswerIsHalvedAndSaysWhatItSaid() throws {
    let end = log.steps.indices.last!
    let way = log.path(to: end).reversed().map { log.head(of: $0) }
    let foreign = (0..<100).map {
      LogHead(log: log.log, n: 5, hash: Hash256(hashing: [UInt8($0)]), time: 0)
    }
    let points = (foreign + way).map { HeldLog.Point(n: $0.n, hash: $0.hash) }
    var found = HeldRanges()
    let cost = try statements { found = try $0.heldRanges([HeldLog(log: log.log, points: points)]) }
    #expect(cost <= 12)
    try node.store.read { snapshot in
      let branches = try HeldBranches(LogRegistry(snapshot.db), of: log.log)
      let branch = try #require(try branches.branch(holding: way[0].n, way[0].hash))
      let steps = branches.way(from: branch, way[0].n)
      #expect(steps.map(\.through) == [6, 3])
      for step in steps { #expect(found.through(branch: step.branch) == step.through) }
    }
  }

  /// What a store has signed for and does not hold is looked for by the log's own rows, and counted once.
  @Test func invariant8LossesAreFoundByTheIndex() throws {
    let lost = heads(50)
    let plan = try StoreCosts.plan(node.store) { _ = try $0.lost(of: lost) }
    #expect(
      plan.contains { $0.contains("branches_by_log") } && !plan.contains { $0.hasPrefix("SCAN") }, "\(plan)")
    let (new, known, held) = try node.store.write { commit in
      (
        try commit.noteLosses(of: lost), try commit.noteLosses(of: lost),
        try commit.noteLosses(of: [log.head(of: 0)])
      )
    }
    #expect(new.count == 50 && known.isEmpty && held.isEmpty)
    let (few, many) = (try noting(100), try noting(400))
    #expect(many <= few * 4 + 8, "\(few) \(many)")
  }

  private func noting(_ count: Int) throws -> Int {
    let lost = (0..<count).map {
      LogHead(log: log.log, n: 9, hash: Hash256(hashing: [9] + $0.bigEndianBytes), time: 0)
    }
    return try StoreCosts.statementCount(node.store) {
      try node.store.write { _ = try $0.noteLosses(of: lost) }
    }
  }

  /// A receipt says what is held, beyond the cut too.
  @Test func aBundlesReceiptNamesWhatLiesBeyondACut() throws {
    let (named, cut, vouched) = try node.store.read { snapshot in
      let named = try snapshot.headsHeld(
        but: node.facts.node, first: node.facts.node, scope: { _ in true }, limit: Limits.logsPerMessage
      ).filter { $0.log == log.log }
      return (named, try snapshot.cutLogs().map(\.log), try snapshot.vouched(named))
    }
    #expect(cut == [log.log])
    #expect(named.count == HeadBoundsTests.branches + 1 && vouched.count == named.count)
  }
}
