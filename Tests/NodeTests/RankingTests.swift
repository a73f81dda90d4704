import Campaign
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

@testable import Node
@testable import Store

/// What the index says of a hit's place never changes its place: the ranking by bounds is held against the slow,
/// obvious one, which reads every record.
@Suite struct RankingTests {
  private static let words = ["电梯", "质量", "安全", "宣传", "检查", "བཀྲ", "ཤིས", "abc", "12"]
  private static let searches =
    words + ["梯", "安", "电梯 质量", "质量安", "安全宣传检查", "电梯电梯", "\"电梯 质量\"", "b", "全宣 梯", "无此"]

  @Test(arguments: 0..<6 as Range<UInt64>) func theOrderIsThatOfALookThroughEverything(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let offices = try TestOffices()
    let node = offices.region
    var ids: [String] = []
    for round in 0..<8 {
      for _ in 0..<6 { ids.append(try add(node, using: &random)) }
      for _ in 0..<3 { try disturb(node, &ids, using: &random) }
      if Int.random(in: 0..<3, using: &random) > 0 { try node.store.indexTail() }
      for text in RankingTests.searches {
        var filter = RecordFilter()
        if Bool.random(using: &random) { filter.isDeleted = nil }
        if Int.random(in: 0..<4, using: &random) == 0 { filter.from = 20_343 }
        if Int.random(in: 0..<4, using: &random) == 0 {
          filter.matches = { $0.id.bytes.last.map { $0 % 2 == 0 } ?? false }
        }
        filter.limit = [nil, 1, 3, 40].randomElement(using: &random)!
        try node.store.read { snapshot in
          let fast = try hits(snapshot, SearchText(text), filter)
          let slow = try lookedThrough(snapshot, SearchText(text), filter)
          #expect(fast == slow, "\(text), seed \(seed), round \(round)")
        }
      }
    }
  }

  /// More than one portion of candidates of which few are hits, and more than the index reads at once.
  @Test func manyCandidatesOfWhichTheIndexKnowsTooLittle() throws {
    let offices = try TestOffices()
    let node = offices.region
    // Every pair of the word stands in each title, the word in every third.
    for number in 0..<90 {
      try node.addTraining(number % 3 == 0 ? "甲乙丙会\(number)" : "乙丙会甲乙\(number)")
    }
    try node.store.indexTail()
    try node.store.read { snapshot in
      for limit in [1, 5, nil] {
        var filter = RecordFilter()
        filter.limit = limit
        let slow = try lookedThrough(snapshot, SearchText("甲乙丙"), filter)
        #expect(slow.count == limit ?? 30)
        #expect(try hits(snapshot, SearchText("甲乙丙"), filter) == slow)
      }
    }
  }

  /// A store of the step before postings had weights: its index is built anew when it is opened.
  @Test func anOlderStoresIndexIsBuiltAnew() throws {
    let offices = try TestOffices()
    let node = offices.region
    for number in 0..<20 { try node.addTraining(number % 2 == 0 ? "电梯\(number)" : "老旧电梯\(number)") }
    try node.store.indexTail()
    let edited = try node.addTraining("后来的电梯")
    _ = try node.edit(edited, operations: [.set("place", to: "会展中心")], operatorName: "")
    let folder = node.store.folder
    try OlderStore.putBack(folder, to: 3)
    let reading = try Store(reading: folder)
    try reading.read { snapshot in
      #expect(try snapshot.unindexedCount() == 0)
      let slow = try lookedThrough(snapshot, SearchText("电梯"), RecordFilter())
      #expect(slow.count == 21)
      #expect(try hits(snapshot, SearchText("电梯"), RecordFilter()) == slow)
    }
    let opened = try LocalNode(opening: folder)
    #expect(try opened.field(edited, "place") == .single(.text("会展中心")))
    #expect(try opened.verify().problems.isEmpty)
  }

  /// Where the tail has grown long, the change that made it so has the index built behind it.
  @Test func theIndexFollowsSingleChanges() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    let folder = TemporaryFolder()
    let rows = (1..<Store.indexThreshold).map { "培训,第\($0)期,2025-09-10,4.2,市场监管局,standards\n" }
    let path = folder.path + "/rows.csv"
    try ("类别,标题,日期,计划条目,组织单位,培训主题\n" + rows.joined()).write(toFile: path, atomically: true, encoding: .utf8)
    _ = try office.importFile(path, LocalNode.ImportOptions())
    #expect(try office.store.read { try $0.unindexedCount() } == Store.indexThreshold - 1)
    try office.addTraining("最后一期")
    #expect(try office.store.read { try $0.unindexedCount() } == 0)
  }

  // MARK: what is searched

  private func add(_ node: LocalNode, using random: inout SeededRandom) throws -> String {
    let recorded = try node.add(
      kind: "training", division: nil, isNotice: false,
      operations: [
        .set("title", to: title(using: &random)), .set("date", to: day(using: &random)),
        .set("plan_items", to: "4.2"), .set("organiser", to: word(using: &random)),
        .set("topic", to: "standards"),
      ], operatorName: "")
    return recorded.view.id.description
  }

  private func disturb(_ node: LocalNode, _ ids: inout [String], using random: inout SeededRandom) throws {
    let id = ids.randomElement(using: &random)!
    let operation: EditDraft.Operation
    switch Int.random(in: 0..<6, using: &random) {
    case 0:
      ids.removeAll { $0 == id }
      _ = try node.delete(id, operatorName: "")
      return
    case 1: operation = .set("date", to: day(using: &random))
    case 2: operation = .set("title", to: title(using: &random))
    case 3: operation = .set("co_organisers", to: "\(word(using: &random))、\(title(using: &random))")
    default: operation = .set("place", to: title(using: &random))
    }
    _ = try node.edit(id, operations: [operation], operatorName: "")
  }

  private func word(using random: inout SeededRandom) -> String {
    RankingTests.words.randomElement(using: &random)!
  }

  private func title(using random: inout SeededRandom) -> String {
    (0..<Int.random(in: 1...4, using: &random)).map { _ in word(using: &random) }.joined()
  }

  private func day(using random: inout SeededRandom) -> String {
    "2025-09-\(10 + Int.random(in: 0..<5, using: &random))"
  }

  // MARK: the two ways

  private func hits(_ snapshot: Snapshot, _ text: SearchText, _ filter: RecordFilter) throws -> [RecordID] {
    var found: [RecordID] = []
    try snapshot.search(text, filter) { view in
      found.append(view.id)
      return true
    }
    return found
  }

  private func lookedThrough(
    _ snapshot: Snapshot, _ text: SearchText, _ filter: RecordFilter
  ) throws -> [RecordID] {
    var unlimited = filter
    unlimited.limit = nil
    var found: [(score: Int, day: Int64, key: Int64, id: RecordID)] = []
    try snapshot.forEachRecord(unlimited) { view in
      if let kind = view.kind, let content = view.content, let score = text.score(content, kind) {
        let row = try #require(view.row)
        let day = try Int64.fetchOne(
          snapshot.db, sql: "SELECT date FROM records WHERE key = ?", arguments: [row])
        found.append((score, day ?? .min, row, view.id))
      }
      return true
    }
    found.sort { ($0.score, $0.day, $0.key) > ($1.score, $1.day, $1.key) }
    return found.prefix(filter.limit ?? .max).map(\.id)
  }
}
