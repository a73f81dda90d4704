import Campaign
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// A record that is moved with values beside each other: who wrote them, when and by whose hand stays, and nothing is told
/// or decided otherwise than where it came from.
@Suite struct MovedConflictTests {
  private let region: LocalNode
  private let city: LocalNode
  private let county: LocalNode
  private let old: String

  /// County and city have each edited the county's record apart; the region holds both.
  init() async throws {
    let offices = try TestOffices()
    region = offices.region
    city = try offices.enrolled("540100", "拉萨市局")
    county = try offices.enrolled("540102", "城关区局")
    old = try county.addTraining("会")
    try await meet()
    _ = try county.edit(old, operations: [.set("place", to: "城地")], operatorName: "扎西")
    _ = try city.edit(old, operations: [.set("place", to: "拉地")], operatorName: "卓玛")
    try await meet()
  }

  private func meet() async throws {
    for _ in 0..<2 { for node in [county, city] { _ = try await sync(node, region) } }
  }

  private func candidates(_ node: LocalNode) throws -> [String] {
    let conflict = try #require(try node.conflicts(RecordFilter()).first { $0.field == "place" })
    return zip(conflict.candidates, conflict.operators).map { entry, operatorName in
      "\(entry.text ?? "") \(entry.author) \(entry.time) \(operatorName)"
    }
  }

  private func reopenings(_ id: String, _ node: LocalNode) throws -> [Bool] {
    try node.store.read { snapshot in
      try snapshot.history(of: try snapshot.record(prefix: id)).flatMap(\.writes).filter {
        if case .candidates = $0.write.content { true } else { false }
      }.map(\.reopens)
    }
  }

  /// Invariant 3, by one move or two, and whoever moves it, an author of one of the values too.
  @Test(arguments: [0, 1, 2]) func invariant3WhoWhereAndWhenOfEachValueStays(mover: Int) async throws {
    let before = try candidates(region)
    #expect(before.count == 2 && before.contains { $0.hasSuffix("扎西") })
    var id = old
    for division in ["540103", "540121"].prefix(mover == 2 ? 1 : 2) {
      id = try (mover == 0 ? region : city).move(id, division: division, operatorName: "次仁").view.id
        .description
      try await meet()
      for node in [region, city] {
        #expect(try candidates(node) == before)
        #expect(try reopenings(id, node) == [false], "nobody has taken anything back")
        #expect(try node.verify().problems.isEmpty)
      }
    }
    #expect(try region.fingerprint(of: "540100") == city.fingerprint(of: "540100"))
    let report = try region.merge([], decide: .authority, operatorName: "", progress: { _ in })
    #expect(report.conflictsDecided == 1 && report.conflictsOpen == 0)
    let shown = try region.store.read { try $0.record(prefix: id).state.cells }
    let texts = shown.flatMap(\.writes).map(\.content)
    #expect(texts.contains(.register(.text("拉地"))), "the higher office's stands")
  }

  /// What the values were made of is found where they were written, by one move or two, whoever moved them; who does not
  /// hold the former record has no proposal.
  @Test(arguments: [1, 2]) func theTextThatTheyWereMadeOfIsFoundWhereTheyCameFrom(moves: Int) async throws {
    var id = try county.addTraining("文")
    _ = try county.edit(id, operations: [.set("notes", to: "一二三四")], operatorName: "")
    try await meet()
    _ = try county.edit(id, operations: [.set("notes", to: "甲一二三四")], operatorName: "")
    _ = try city.edit(id, operations: [.set("notes", to: "一二三四乙")], operatorName: "")
    try await meet()
    func ancestor(_ node: LocalNode) throws -> String? {
      let open = try node.conflicts(RecordFilter()).first {
        $0.field == "notes" && $0.view.id.description == id
      }
      return try node.commonAncestor(of: #require(open))
    }
    #expect(try ancestor(region) == "一二三四")
    for (mover, division) in [(city, "540103"), (region, "540121")].prefix(moves) {
      id = try mover.move(id, division: division, operatorName: "").view.id.description
      try await meet()
      for node in [region, city] { #expect(try ancestor(node) == "一二三四") }
    }
  }

  /// Who settles it at the new place and takes that back names no write of its own log there, for it has none.
  @Test func whatIsSettledThereIsTakenBackAndLeftOpenByRules() async throws {
    let before = try candidates(region)
    let id = try region.move(old, division: "540103", operatorName: "").view.id.description
    try await meet()
    _ = try city.resolve(id, field: "place", .value("市定"), operatorName: "")
    _ = try city.undo(id, field: "place", operatorName: "")
    try await meet()
    for node in [region, city] {
      #expect(try candidates(node) == before)
      #expect(try reopenings(id, node) == [false, true])
      #expect(try node.verify().problems.isEmpty && node.store.read { try $0.quarantine() }.isEmpty)
    }
    let report = try region.merge([], decide: .authority, operatorName: "", progress: { _ in })
    #expect(report.conflictsDecided == 0, "a decision was taken back there, so a person decides")
  }
}
