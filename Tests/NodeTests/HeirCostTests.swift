import Ledger
import Replication
import TestSupport
import Testing

@testable import Node
@testable import Store

/// Invariant 8: an office that deletes a redacted record again and again, each time in favour of another heir, makes nobody
/// read its history once for each.
@Suite struct HeirCostTests {
  private let offices: TestOffices
  private let author: LocalNode

  init() throws {
    offices = try TestOffices()
    author = try offices.enrolled("540100", "拉萨市局")
  }

  /// At the region a redacted record, and as many heirs.
  private func redacted(heirs count: Int, _ number: UInt64) throws -> RecordID {
    var log = ForkedLog(author: author, epoch: number)
    let id = RecordID(milliseconds: 5, random: (5, number))
    let made = try log.append(after: nil, [ForkedLog.creation(id, "张三\(number)")], made: id)
    try offices.region.take([log.batch(after: nil, to: made)])
    _ = try offices.region.redact(id.description, field: "title", reason: "x", operatorName: "")
    let origin = RecordPlace(space: log.log.space, record: id)
    let heirs = (0..<UInt64(count)).map { RecordID(milliseconds: 6, random: (number, $0)) }
    let creation = Creation(kind: KindName(lineage: "xz-quality-month", code: "training"), origin: origin)
    var end = try log.append(
      after: made,
      heirs.map { heir in
        Mutation(
          target: .id(heir), creation: creation,
          writes: [CellWrite(cell: 1, content: .register(.text("张三\(number)")))])
      })
    let title = Dot(change: log.head(of: made).ref.unhashed, k: 2)
    for heir in heirs {
      let deletion = CellWrite(
        cell: CellWrite.existenceCell, content: .deletion, supersedes: [title],
        heir: RecordPlace(space: log.log.space, record: heir))
      end = try log.append(after: end, [Mutation(target: .id(id), writes: [deletion])])
    }
    #expect(try offices.region.take([log.batch(after: made, to: end)]).new == count + 1)
    return id
  }

  private func reads(_ body: (Snapshot) throws -> Void) throws -> Int {
    try StoreCosts.statements(offices.region.store, body).count { $0.contains("c.body") }
  }

  @Test func invariant8WhatIsReadGrowsAsWhatWasWritten() throws {
    var told: [Int] = []
    var costs: [[Int]] = []
    for (number, count) in [40, 40, 80].enumerated() {
      let id = try redacted(heirs: count, UInt64(number + 1))
      costs.append([
        try reads { told.append(try $0.reappeared().count) },
        try reads { snapshot in
          let lineage = try snapshot.lineage(of: snapshot.record(prefix: id.description))
          #expect(lineage.isWhole && lineage.views.count == count + 1)
        },
      ])
    }
    #expect(told == [40, 80, 160])
    // All that there is is told: of 40, 80 and 160 heirs.
    #expect(costs[1][0] < 3 * costs[0][0] && costs[2][0] < 3 * costs[1][0], "\(costs)")
    #expect(costs[0][0] < 40 * 12, "\(costs)")
    #expect(costs[2][1] < 3 * costs[1][1], "\(costs)")
  }

  @Test func invariant8HeirsBeyondTheBoundAreLeftOutAndTold() throws {
    let id = try redacted(heirs: 300, 1)
    try offices.region.store.read { snapshot in
      let lineage = try snapshot.lineage(of: snapshot.record(prefix: id.description))
      #expect(!lineage.isWhole && lineage.views.count == RecordView.mostHeirs + 1)
      #expect(try snapshot.reappeared().count == RecordView.mostHeirs)
    }
  }
}
