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

  /// Who moves a record says who wrote what. Where the record that it comes from does not say so too, the higher office's name
  /// settles nothing.
  @Test func invariant5AClaimedAuthorRanksNoHigherThanWhoClaimsIt() async throws {
    let forged = RecordPlace(
      space: Space(division: DivisionCode("540102")!, section: .records), record: county.newRecordID())
    let log = LogID(node: region.facts.node, space: forged.space, epoch: 77)
    let values = [("区里说", region.facts.node), ("县里说", county.facts.node)]
    let candidates = values.enumerated().map { index, value in
      Candidate(
        dot: Dot(
          change: ChangeRef(
            log: LogID(node: value.1, space: log.space, epoch: log.epoch), n: 1, hashPrefix: UInt64(index + 1)
          ),
          k: 1), time: Int64(index), content: .register(.text(value.0)))
    }.sorted { $0.dot < $1.dot }
    let origin = RecordPlace(
      space: Space(division: DivisionCode("540100")!, section: .records), record: county.newRecordID())
    let kind = try county.store.read { try $0.record(prefix: old).kindName! }
    let cell = try county.store.read {
      try $0.pack().kinds.first { $0.code == "training" }!.cell(named: "place")!
    }
    try county.store.write { commit in
      for mutation in [
        Mutation(target: .id(forged.record), creation: Creation(kind: kind, origin: origin), writes: []),
        Mutation(
          target: .id(forged.record),
          writes: [CellWrite(cell: cell, content: .candidates(candidates))]),
      ] {
        try county.append(to: forged.space, operatorName: "", mutations: [mutation], in: commit)
      }
    }
    try await meet()
    #expect(try region.conflicts(RecordFilter()).contains { $0.view.id == forged.record })
    let report = try region.merge([], decide: .authority, operatorName: "", progress: { _ in })
    #expect(!report.decided.contains { $0.conflict.view.id == forged.record })
    // Nor where somebody higher brought it on.
    let moved = try region.move(forged.record.description, division: "540103", operatorName: "").view.id
    let again = try region.merge([], decide: .authority, operatorName: "", progress: { _ in })
    #expect(try region.conflicts(RecordFilter()).contains { $0.view.id == moved } && again.decided.isEmpty)
  }

  /// A value that its author has written over is his no more, whoever carries it on: by the deletion that leaves the record, and
  /// though that names it beside what took its place; and where it was written over at the new place, whoever says it again.
  @Test(arguments: ["left", "named", "later"]) func invariant5WhatItsAuthorWroteOverRanksAsHisNoMore(
    how: String
  )
    async throws
  {
    let id = try region.addTraining("训", division: "540103")
    for place in ["区旧", "区新"] {
      _ = try region.edit(id, operations: [.set("place", to: place)], operatorName: "")
      try await meet()
      if how == "later", place == "区旧" { break }
    }
    _ = try city.edit(id, operations: [.set("notes", to: "无关")], operatorName: "")
    let view = try city.store.read { try $0.record(prefix: id) }
    let writes = try city.store.read { try $0.history(of: view).flatMap(\.writes) }
    let old = try #require(writes.first { $0.write.content == .register(.text("区旧")) })
    let heir = RecordPlace(
      space: Space(division: DivisionCode("540102")!, section: .records), record: city.newRecordID())
    let mine = Candidate(
      dot: Dot(
        change: ChangeRef(
          log: LogID(node: city.facts.node, space: heir.space, epoch: 77), n: 1, hashPrefix: 1), k: 1),
      time: 1, content: .register(.text("市说")))
    let carried = Candidate(
      dot: old.dot.carried(to: heir.space), time: 2, content: .register(.text("区旧")))
    let claim = CellWrite(
      cell: old.write.cell, content: .candidates([mine, carried].sorted { $0.dot < $1.dot }))
    try city.store.write { commit in
      let creation = Mutation(
        target: .id(heir.record),
        creation: Creation(
          kind: view.kindName!, origin: RecordPlace(space: view.space, record: view.id)), writes: [])
      try city.append(to: heir.space, operatorName: "", mutations: [creation], in: commit)
      try city.append(
        to: heir.space, operatorName: "",
        mutations: [Mutation(target: .id(heir.record), writes: [claim])], in: commit)
      var deletion = try city.deletion(of: view, heir: heir, operatorName: "", in: commit)
      if how == "named" { deletion.supersedes = (deletion.supersedes + [old.dot]).sorted() }
      try city.append(
        to: view.space, operatorName: "", mutations: [Mutation(target: .id(view.id), writes: [deletion])],
        in: commit)
    }
    try await meet()
    if how == "later" {
      _ = try region.resolve(
        heir.record.description, field: "place", .value("区新"), operatorName: "")
      try await meet()
      try city.store.write { commit in
        try city.append(
          to: heir.space, operatorName: "",
          mutations: [Mutation(target: .id(heir.record), writes: [claim])], in: commit)
      }
      try await meet()
    }
    let open = try #require(try region.conflicts(RecordFilter()).first { $0.view.id == heir.record })
    #expect(open.candidates.contains { $0.author == region.facts.node })
    let report = try region.merge([], decide: .authority, operatorName: "", progress: { _ in })
    let decided = report.decided.first { $0.conflict.view.id == heir.record }
    #expect(decided.map { $0.conflict.candidates[$0.taken].text } != "区旧", "\(how)")
  }

  /// What stood there again, because a decision was taken back, is carried as what it is.
  @Test func whatWasOpenedAgainIsCarriedAsItsAuthors() async throws {
    for _ in 0..<2 {
      _ = try city.resolve(old, field: "place", .value("市定"), operatorName: "")
      _ = try city.undo(old, field: "place", operatorName: "")
    }
    let id = try region.move(old, division: "540103", operatorName: "").view.id.description
    let report = try region.merge([], decide: .authority, operatorName: "", progress: { _ in })
    #expect(report.conflictsDecided == 1)
    #expect(try region.field(id, "place") == .single(.text("拉地")))
  }

  /// Who moves a record on and on makes a chain of any length: it is followed so far and no farther.
  @Test func invariant8AChainOfMovesIsFollowedSoFar() async throws {
    var id = old
    for turn in 0..<20 {
      id = try city.move(id, division: turn % 2 == 0 ? "540103" : "540102", operatorName: "").view.id
        .description
    }
    let view = try city.store.read { try $0.record(prefix: id) }
    let conflict = try #require(try city.conflicts(RecordFilter()).first { $0.view.id == view.id })
    #expect(conflict.operators == ["", ""])
    #expect(Set(conflict.candidates.map(\.author)) == [city.facts.node, county.facts.node])
  }
}
