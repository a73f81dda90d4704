import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// What was written without hearing of a redaction stands beside what is erased, and is told.
@Suite struct ReappearingTests: RedactionScene {
  let offices: TestOffices
  let lhasa: LocalNode

  init() throws {
    offices = try TestOffices()
    lhasa = try offices.enrolled("540100", "拉萨市局")
  }

  /// An edit that came after a redaction that its author had not heard of is told to who may redact, settled by no rule,
  /// and gone once it is redacted too; the answer is the same whatever came first.
  @Test(arguments: ["place", "notes", "handling_note"])
  func whatWasWrittenWithoutHearingOfItIsTold(field: String) async throws {
    let neighbour = try offices.enrolled("540100", "拉萨统计局")
    try issuePlanWithATextInAGroup()
    _ = try await sync(lhasa, offices.region)
    let id = try field == "handling_note" ? addComplaint() : lhasa.addTraining("宣贯会")
    _ = try lhasa.edit(id, operations: [.set(field, to: "旧内容")], operatorName: "")
    _ = try await sync(lhasa, offices.region)
    _ = try await sync(neighbour, offices.region)
    // It has seen the value that is erased, and takes its place; the neighbour alone hears of that.
    _ = try lhasa.edit(id, operations: [.set(field, to: secret)], operatorName: "扎西")
    _ = try await sync(lhasa, neighbour)
    try redact(id, field)
    #expect(try offices.region.reappeared().isEmpty)
    let (_, told) = try await sync(neighbour, offices.region)
    #expect(told.received > 0)
    _ = try await sync(lhasa, offices.region)
    for node in [lhasa, neighbour, offices.region] {
      #expect(try reappeared(node, id) == [field], "\(node.facts.name)")
      let is540100 = try node.fingerprint(of: "540100") == offices.region.fingerprint(of: "540100")
      #expect(is540100, "\(node.facts.name)")
    }
    #expect(try offices.region.reappeared().map(\.view.id.description) == [id])
    #expect(try offices.region.status(division: nil).reappeared.map(\.view.id.description) == [id])
    #expect(try lhasa.reappeared().isEmpty, "who may not redact is not asked to")
    // No rule settles it.
    let merged = try offices.region.merge([], decide: .latest, operatorName: "") { _ in }
    #expect(merged.conflictsDecided == 0 && merged.reappeared.map(\.view.id.description) == [id])
    try redact(id, field)
    #expect(try offices.region.reappeared().isEmpty)
    #expect(try offices.region.conflicts(RecordFilter()).isEmpty)
    for node in [lhasa, neighbour] { _ = try await sync(node, offices.region) }
    for node in [lhasa, neighbour, offices.region] {
      #expect(try erased(node, id) == [field] && reappeared(node, id).isEmpty, "\(node.facts.name)")
      try expectNothingLeft(node, secret, id)
    }
    // Who has heard of it writes the field anew, and nothing is to be told.
    _ = try lhasa.edit(id, operations: [.set(field, to: "新内容")], operatorName: "扎西")
    _ = try await sync(lhasa, offices.region)
    #expect(try offices.region.reappeared().isEmpty && offices.region.conflicts(RecordFilter()).isEmpty)
  }

  /// However many records are redacted, the changes of those alone are read in which something came back.
  @Test func whatIsRedactedIsNotReadToTellWhatCameBack() async throws {
    func statements() throws -> Int {
      try StoreCosts.statements(offices.region.store) { _ = try $0.reappeared() }
        .count { $0.contains("touches") }
    }
    for title in ["一", "二", "三", "四", "五", "六"] {
      let id = try lhasa.addTraining(title)
      _ = try lhasa.edit(id, operations: [.set("place", to: secret)], operatorName: "")
      _ = try await sync(lhasa, offices.region)
      try redact(id, "place")
    }
    #expect(try statements() == 0)
  }

  /// No group of the built-in plan has a text.
  private func issuePlanWithATextInAGroup() throws {
    let text = String(decoding: BuiltInPack.yaml, as: UTF8.self).replacingOccurrences(
      of: "          - {number: 24, code: resolved,",
      with: """
                  - {number: 70, code: handling_note, label: [办理说明, Handling note], type: text}
                  - {number: 24, code: resolved,
        """)
    let path = offices.region.store.folder + "/plan.yaml"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try offices.region.importPlan(path).info.version == 2)
  }

  private func addComplaint() throws -> String {
    try lhasa.add(
      kind: "complaint", division: nil, isNotice: false,
      operations: [
        .set("title", to: "投诉"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
        .set("organiser", to: "市场监管局"), .set("channel", to: "12315"), .set("category", to: "other"),
        .set("received", to: "3"),
      ], operatorName: ""
    ).view.id.description
  }

  /// Elements of a set take nobody's place: what stands beside erased ones is told until the set is entered anew.
  @Test func anElementBesideErasedOnesIsTold() async throws {
    let id = try lhasa.addTraining("宣贯会")
    _ = try lhasa.edit(id, operations: [.set("co_organisers", to: "甲某")], operatorName: "")
    _ = try await sync(lhasa, offices.region)
    _ = try lhasa.edit(id, operations: [.add("co_organisers", "乙某")], operatorName: "")
    try redact(id, "co_organisers")
    #expect(try offices.region.reappeared().isEmpty)
    _ = try await sync(lhasa, offices.region)
    #expect(try reappeared(offices.region, id) == ["co_organisers"])
    _ = try offices.region.edit(id, operations: [.set("co_organisers", to: "乙某")], operatorName: "")
    #expect(try offices.region.reappeared().isEmpty)
    #expect(try offices.region.field(id, "co_organisers") == .set([.text("乙某")]))
  }

  /// An edit of other fields goes on where a required one was redacted, and a concurrent value stays a conflict.
  @Test func aRecordWithARedactedFieldIsEdited() async throws {
    let id = try lhasa.addTraining(secret)
    _ = try await sync(lhasa, offices.region)
    _ = try lhasa.edit(id, operations: [.set("title", to: "另一个题目")], operatorName: "扎西")
    try redact(id)
    _ = try offices.region.edit(id, operations: [.set("place", to: "城区广场")], operatorName: "次仁")
    _ = try await sync(lhasa, offices.region)
    // The office had not heard of it: what it wrote stands beside the erased value, and is not erased.
    for node in [lhasa, offices.region] {
      #expect(try reappeared(node, id) == ["title"], "\(node.facts.name)")
      #expect(try node.conflicts(RecordFilter()).map(\.field) == ["title"], "\(node.facts.name)")
    }
    try expectNothingLeft(lhasa, secret, id)
    #expect(try lhasa.fingerprint(of: "540100") == offices.region.fingerprint(of: "540100"))
  }

  // MARK: moved records

  /// Who moves a record and has not heard of a redaction copies what was erased: that is told, however often it is moved.
  @Test(arguments: [1, 2])
  func whatWasMovedWithoutHearingOfItIsTold(times: Int) async throws {
    let id = try lhasa.addTraining("宣贯会")
    _ = try lhasa.edit(id, operations: [.set("notes", to: secret)], operatorName: "扎西")
    _ = try await sync(lhasa, offices.region)
    var moved = id
    for division in ["540102", "540103"].prefix(times) {
      moved = try lhasa.move(moved, division: division, operatorName: "").view.id.description
    }
    try redact(id, "notes")
    _ = try await sync(lhasa, offices.region)
    for node in [lhasa, offices.region] { #expect(try reappeared(node, moved) == ["notes"]) }
    #expect(try offices.region.reappeared().map(\.view.id.description) == [moved])
    #expect(try offices.region.reappeared().map(\.fields) == [["notes"]])
    // Whatever becomes of the origin, the text is still there.
    _ = try offices.region.resolve(
      id, field: "deleted", .value("yes"), operatorName: "")
    #expect(try offices.region.reappeared().map(\.view.id.description) == [moved])
    try redact(moved, "notes")
    #expect(try offices.region.reappeared().isEmpty)
    _ = try await sync(lhasa, offices.region)
    for node in [lhasa, offices.region] { try expectNothingLeft(node, secret, moved) }
  }

  /// A record of which a field holds the text and another one beside each other, and what it was moved to.
  private func movedInConflict(_ field: String) async throws -> (id: String, moved: String) {
    let neighbour = try offices.enrolled("540100", "拉萨统计局")
    let id = try lhasa.addTraining("宣贯会")
    _ = try await sync(lhasa, offices.region)
    _ = try await sync(neighbour, offices.region)
    _ = try lhasa.edit(id, operations: [.set(field, to: secret)], operatorName: "扎西")
    _ = try neighbour.edit(id, operations: [.set(field, to: "另有内容")], operatorName: "")
    _ = try await sync(neighbour, offices.region)
    for _ in 0..<2 { _ = try await sync(lhasa, offices.region) }
    let moved = try lhasa.move(id, division: "540102", operatorName: "").view.id.description
    return (id, moved)
  }

  /// What stood beside each other is copied by a change of its own.
  @Test func whatStoodInConflictAndWasMovedIsToldToo() async throws {
    let (id, moved) = try await movedInConflict("place")
    try redact(id, "place")
    _ = try await sync(lhasa, offices.region)
    #expect(try offices.region.reappeared().map(\.view.id.description) == [moved])
    // Its own candidates hold no erased value; no rule makes the copy count all the same.
    let merged = try offices.region.merge([], decide: .latest, operatorName: "", progress: { _ in })
    #expect(merged.decided.isEmpty && merged.conflictsOpen > 0)
    try redact(moved, "place")
    #expect(try offices.region.reappeared().isEmpty)
    _ = try await sync(lhasa, offices.region)
    for node in [lhasa, offices.region] { try expectNothingLeft(node, secret, moved) }
  }

  /// Who had heard of it moves what was written since, and nothing is to be told.
  @Test func whatWasWrittenAnewAndMovedIsNotTold() async throws {
    let id = try lhasa.addTraining("宣贯会")
    _ = try lhasa.edit(id, operations: [.set("notes", to: secret)], operatorName: "扎西")
    _ = try await sync(lhasa, offices.region)
    try redact(id, "notes")
    _ = try await sync(lhasa, offices.region)
    _ = try lhasa.edit(id, operations: [.set("notes", to: "新内容")], operatorName: "扎西")
    let moved = try lhasa.move(id, division: "540102", operatorName: "").view.id.description
    _ = try await sync(lhasa, offices.region)
    #expect(try offices.region.reappeared().isEmpty)
    #expect(try reappeared(offices.region, moved).isEmpty)
    #expect(try offices.region.field(moved, "notes") == .single(.text("新内容")))
  }

  /// The copied text is written once more: by who settles the conflict that was copied.
  @Test func whatWasMovedAndSettledIsStillTold() async throws {
    let (id, moved) = try await movedInConflict("notes")
    let texts = try lhasa.conflicts(RecordFilter()).filter { $0.view.id.description == moved }
      .flatMap(\.candidates).map(\.text)
    let place = try #require(texts.firstIndex(of: secret))
    _ = try lhasa.resolve(moved, field: "notes", .take(place + 1), operatorName: "")
    try redact(id, "notes")
    _ = try await sync(lhasa, offices.region)
    #expect(try lhasa.field(moved, "notes") == .single(.text(secret)))
    #expect(try offices.region.reappeared().map(\.view.id.description) == [moved])
  }

  /// What stands beside an erased value is told wherever the record goes.
  @Test func whatStoodBesideAnErasedValueIsToldWhereItWasMoved() async throws {
    let id = try lhasa.addTraining("宣贯会")
    _ = try lhasa.edit(id, operations: [.set("notes", to: "旧内容")], operatorName: "")
    _ = try await sync(lhasa, offices.region)
    _ = try lhasa.edit(id, operations: [.set("notes", to: secret)], operatorName: "")
    try redact(id, "notes")
    _ = try await sync(lhasa, offices.region)
    #expect(try offices.region.reappeared().map(\.view.id.description) == [id])
    let moved = try lhasa.move(id, division: "540102", operatorName: "").view.id.description
    _ = try await sync(lhasa, offices.region)
    #expect(try offices.region.reappeared().map(\.view.id.description) == [moved])
    #expect(try offices.region.reappeared().map(\.fields) == [["notes"]])
  }

  /// Erased elements of a set live on, and who moves it with them has heard: what was added since is nobody's secret.
  @Test func aSetThatWasMovedWithItsErasedElementsIsNotTold() async throws {
    let id = try lhasa.addTraining("宣贯会")
    _ = try lhasa.edit(id, operations: [.set("co_organisers", to: "甲某")], operatorName: "")
    _ = try await sync(lhasa, offices.region)
    try redact(id, "co_organisers")
    _ = try await sync(lhasa, offices.region)
    _ = try lhasa.edit(id, operations: [.add("co_organisers", "乙某")], operatorName: "")
    let moved = try lhasa.move(id, division: "540102", operatorName: "").view.id.description
    _ = try lhasa.edit(moved, operations: [.set("co_organisers", to: "乙某")], operatorName: "")
    _ = try await sync(lhasa, offices.region)
    #expect(try offices.region.reappeared().isEmpty)
    #expect(try reappeared(offices.region, moved).isEmpty)
  }

  /// A record was deleted when its field was redacted: nothing could be written over it, and who had heard of neither brings
  /// the record back with a text of his own.
  @Test func whatWasWrittenUnseenInADeletedRecordIsTold() async throws {
    let id = try lhasa.addTraining("宣贯会")
    _ = try lhasa.edit(id, operations: [.set("notes", to: "旧内容")], operatorName: "")
    _ = try await sync(lhasa, offices.region)
    _ = try lhasa.edit(id, operations: [.set("notes", to: secret)], operatorName: "")
    _ = try offices.region.delete(id, operatorName: "")
    try redact(id, "notes")
    #expect(try offices.region.reappeared().isEmpty)
    _ = try await sync(lhasa, offices.region)
    #expect(try offices.region.reappeared().map(\.fields) == [["notes"]])
    for node in [lhasa, offices.region] { #expect(try reappeared(node, id) == ["notes"]) }
    try redact(id, "notes")
    #expect(try offices.region.reappeared().isEmpty)
    _ = try await sync(lhasa, offices.region)
    for node in [lhasa, offices.region] { try expectNothingLeft(node, secret, id) }
  }

  /// Whoever brings a redacted record back has it read as redacted, and who enters something there then has seen that.
  @Test func whatIsEnteredAnewInARecordThatWasBroughtBackIsNotTold() async throws {
    let id = try lhasa.addTraining("宣贯会")
    _ = try lhasa.edit(id, operations: [.set("notes", to: secret)], operatorName: "")
    _ = try await sync(lhasa, offices.region)
    _ = try offices.region.delete(id, operatorName: "")
    try redact(id, "notes")
    _ = try await sync(lhasa, offices.region)
    _ = try lhasa.restore(id, operatorName: "")
    #expect(try lhasa.field(id, "notes") == .single(.erased))
    _ = try lhasa.edit(id, operations: [.set("notes", to: "新内容")], operatorName: "扎西")
    _ = try await sync(lhasa, offices.region)
    #expect(try offices.region.reappeared().isEmpty)
    for node in [lhasa, offices.region] {
      #expect(try reappeared(node, id).isEmpty)
      #expect(try node.field(id, "notes") == .single(.text("新内容")))
    }
  }

  /// However many other records were redacted.
  @Test func amongTenThousandRedactedRecordsItIsToldToo() async throws {
    let region = offices.region
    let id = try lhasa.addTraining("宣贯会")
    _ = try lhasa.edit(id, operations: [.set("notes", to: "旧内容")], operatorName: "")
    _ = try await sync(lhasa, region)
    _ = try lhasa.edit(id, operations: [.set("notes", to: secret)], operatorName: "")
    _ = try region.delete(id, operatorName: "")
    try redact(id, "notes")
    var random = SeededRandom(seed: 1)
    let space = Space(division: DivisionCode("540100")!, section: .records)
    let others = (0..<10_000).map { _ in
      let change = ChangeRef(
        log: LogID(node: lhasa.facts.node, space: space, epoch: random.next()), n: 1, hashPrefix: 1)
      return Redaction(
        space: space, record: RecordID(random.bytes(16))!, cell: 1, member: 0, reason: "误录",
        erased: [Redaction.Erased(change: change, leaves: [0])])
    }
    try region.store.write { commit in
      for start in stride(from: 0, to: others.count, by: 4_000) {
        let some = Array(others[start...].prefix(4_000))
        try region.append(
          to: Space(division: region.facts.division, section: .notices), operatorName: "",
          statements: some.map { .redaction($0) }, in: commit)
        for one in some { try commit.erase(one, of: commit.lastArrival) }
      }
    }
    _ = try await sync(lhasa, region)
    #expect(try region.reappeared().map(\.fields) == [["notes"]])
  }
}
