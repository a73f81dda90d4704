import Campaign
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// A batch's records are merged in memory and written once, and it does not show in what comes of it.
@Suite struct OpenStateTests {
  private func edit(_ node: LocalNode, _ id: String, _ title: String) throws {
    _ = try node.edit(id, operations: [.set("title", to: title)], operatorName: "")
  }

  private func expectEqual(_ a: LocalNode, _ b: LocalNode, _ division: String) throws {
    #expect(try a.fingerprint(of: division) == b.fingerprint(of: division))
    for node in [a, b] {
      let problems = try node.verify().problems
      #expect(problems.isEmpty, "\(node.facts.name): \(problems)")
    }
  }

  /// Of each further change of one record a receiver writes the change and that it touched the record, no more.
  @Test func aLongHistoryOfOneRecordCostsItsStateOnce() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    _ = try await sync(lhasa, offices.region)
    let id = try lhasa.addTraining("一")
    let changes = 200
    for number in 0..<changes { try edit(lhasa, id, "第\(number)次改") }
    _ = try lhasa.makeBundle(for: nil, sinceLast: false, to: lhasa.store.folder + "/包.tzb")
    let rows = try StoreCosts.rowsWritten(offices.region.store) {
      let taken = try offices.region.apply(bundle: lhasa.store.folder + "/包.tzb")
      #expect(taken.new > changes)
    }
    #expect(rows <= 2 * changes + 60, "\(rows) rows")
    #expect(try offices.region.field(id, "title") == .single(.text("第\(changes - 1)次改")))
    try expectEqual(lhasa, offices.region, "540100")
  }

  /// More records than are kept open, each touched in several rounds.
  @Test func recordsThatFindNoRoomAreWrittenBetween() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let ids = try (0..<300).map { try lhasa.addTraining("第\($0)场") }
    for round in 0..<2 {
      for id in ids { try edit(lhasa, id, "第\(round)轮") }
    }
    _ = try await sync(lhasa, offices.region)
    #expect(try offices.region.field(ids[0], "title") == .single(.text("第1轮")))
    #expect(try offices.region.field(ids[299], "title") == .single(.text("第1轮")))
    try expectEqual(lhasa, offices.region, "540100")
  }

  /// A chain of linked records is gone through once, not once a link.
  @Test func aChainThatIsLinkedInOneBatchCostsAsMuchAsItIsLong() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let path = lhasa.store.folder + "/包.tzb"
    func link(_ count: Int) async throws -> Int {
      let ids = try (0..<count).map { try lhasa.addTraining("第\($0)场") }
      _ = try await sync(lhasa, offices.region)
      for (a, b) in zip(ids, ids.dropFirst()) { _ = try lhasa.pair(a, b, .link, operatorName: "") }
      _ = try lhasa.makeBundle(for: nil, sinceLast: true, to: path)
      let cost = try StoreCosts.statementCount(offices.region.store) {
        try offices.region.apply(bundle: path)
      }
      _ = try await sync(lhasa, offices.region)
      #expect(
        try offices.region.store.read { try $0.linked(with: RecordID(ids[0])!).count } == count)
      return cost
    }
    let (short, long) = (try await link(30), try await link(120))
    #expect(long < 6 * short, "\(long) statements beside \(short)")
    try expectEqual(lhasa, offices.region, "540100")
  }

  /// Concurrent edits, deletions and links of three offices, exchanged in batches of many changes in whatever order.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func whateverABatchHoldsTheStoresComeToTheSame(seed: UInt64) async throws {
    var random = SeededRandom(seed: seed)
    let offices = try TestOffices()
    let region = offices.region
    let nodes = try ["一", "二", "三"].map { try offices.enrolled("540100", "拉萨市局\($0)号") }
    let ids = try (0..<4).map { number in
      let recorded = try nodes[0].add(
        kind: "enforcement", division: nil, isNotice: false,
        operations: [
          .set("title", to: "第\(number)案"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
          .set("organiser", to: "市场监管局"), .set("operation", to: "iron_fist"),
          .set("case_number", to: "藏2025-\(number / 2)"), .set("violation", to: "虚假宣传"),
        ], operatorName: "")
      return recorded.view.id.description
    }
    for node in nodes {
      _ = try await sync(node, region)
      _ = try await sync(node, region)
    }
    for _ in 0..<3 {
      for node in nodes {
        for step in 0..<12 {
          let id = ids[Int.random(in: 0..<ids.count, using: &random)]
          let other = ids[Int.random(in: 0..<ids.count, using: &random)]
          switch Int.random(in: 0..<8, using: &random) {
          case 0: _ = try? node.delete(id, operatorName: "")
          case 1: _ = try? node.restore(id, operatorName: "")
          case 2: _ = try? node.pair(id, other, .link, operatorName: "")
          case 3: _ = try? node.pair(id, other, .unlink, operatorName: "")
          case 4:
            let number = Int.random(in: 0..<3, using: &random)
            _ = try? node.edit(
              id, operations: [.set("case_number", to: "藏2025-\(number)")], operatorName: "")
          default: try? edit(node, id, "第\(seed)·\(step)")
          }
        }
      }
      for node in nodes.shuffled(using: &random) { _ = try await sync(node, region) }
    }
    for node in nodes { _ = try await sync(node, region) }
    for node in nodes {
      try expectEqual(node, region, "540100")
      #expect(try conflicts(node) == conflicts(region))
    }
  }

  /// Each conflict as a line.
  private func conflicts(_ node: LocalNode) throws -> [String] {
    try node.conflicts(RecordFilter()).map { "\($0.view.id) \($0.field) \($0.reason)" }.sorted()
  }
}
