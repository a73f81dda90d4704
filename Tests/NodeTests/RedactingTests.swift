import Campaign
import Foundation
import GRDB
import Ledger
import Store
import TestSupport
import Testing
import Wire

@testable import Node

/// Erasing texts: nothing of them is left anywhere, and everything else is as it was.
@Suite struct RedactingTests {
  private let secret = "卓玛央宗身份信息"
  private let offices: TestOffices
  private let lhasa: LocalNode

  init() throws {
    offices = try TestOffices()
    lhasa = try offices.enrolled("540100", "拉萨市局")
  }

  private func erased(_ node: LocalNode, _ id: String) throws -> [String] {
    try node.store.read { try $0.record(prefix: id).redacted }
  }

  private func reappeared(_ node: LocalNode, _ id: String) throws -> [String] {
    try node.store.read { try $0.record(prefix: id).reappeared }
  }

  private func redact(_ id: String, _ field: String = "title") throws {
    let (_, isScrubbed) = try offices.region.redact(
      id, field: field, reason: "本人申请", operatorName: "次仁")
    #expect(isScrubbed)
  }

  /// The store's files, byte for byte.
  private func bytes(_ node: LocalNode) throws -> Data {
    try ["", "-wal"].reduce(into: Data()) { all, suffix in
      let path = node.store.folder + "/store.sqlite" + suffix
      if FileManager.default.fileExists(atPath: path) {
        all += try Data(contentsOf: URL(fileURLWithPath: path))
      }
    }
  }

  private func expectNothingLeft(_ node: LocalNode, _ text: String, _ id: String) throws {
    node.tidyUp()
    #expect(try bytes(node).range(of: Data(text.utf8)) == nil, "\(node.facts.name)")
    #expect(try node.verify().problems == [], "\(node.facts.name)")
    let hits = try node.store.read { snapshot in
      var hits = 0
      try snapshot.search(SearchText(String(text.prefix(2))), RecordFilter()) { _ in
        hits += 1
        return true
      }
      return hits
    }
    #expect(hits == 0, "\(node.facts.name)")
    #expect(try postings(node, SearchGrams.pairs(in: text)) == 0, "\(node.facts.name)")
  }

  /// How many posting lists there are of some pairs of characters.
  private func postings(_ node: LocalNode, _ pairs: Set<Int64>) throws -> Int {
    let list = pairs.map(String.init).joined(separator: ",")
    return try DatabaseQueue(path: node.store.folder + "/store.sqlite").read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM postings WHERE gram IN (\(list))") ?? 0
    }
  }

  @Test func whatIsRedactedIsGoneEverywhereAndTheChainsStand() async throws {
    let id = try lhasa.addTraining(secret)
    _ = try lhasa.edit(id, operations: [.set("title", to: secret + "更正")], operatorName: "扎西")
    _ = try lhasa.edit(id, operations: [.set("place", to: "城区广场")], operatorName: "扎西")
    try lhasa.store.indexTail()
    _ = try await sync(lhasa, offices.region)
    try offices.region.store.indexTail()
    try redact(id)
    #expect(try erased(offices.region, id) == ["title"])
    try expectNothingLeft(offices.region, secret, id)
    _ = try await sync(lhasa, offices.region)
    #expect(try erased(lhasa, id) == ["title"])
    try expectNothingLeft(lhasa, secret, id)
    #expect(try lhasa.fingerprint(of: "540100") == offices.region.fingerprint(of: "540100"))
    // What was not redacted stays, and is found.
    #expect(try lhasa.field(id, "place") == .single(.text("城区广场")))
    let stated = try lhasa.store.read { try $0.redactions() }
    #expect(stated.map(\.redaction.reason) == ["本人申请"] && stated.map(\.operatorName) == ["次仁"])
  }

  /// An office that joins later gets the redaction before what it names, and sets nothing aside.
  @Test func whoComesLaterNeverGetsIt() async throws {
    let id = try lhasa.addTraining(secret)
    for number in 0..<40 { try lhasa.addTraining("培训\(number)") }
    _ = try await sync(lhasa, offices.region)
    try redact(id)
    let other = try offices.enrolled("540100", "拉萨统计局")
    let outcome = try await sync(other, offices.region)
    #expect(outcome.a.refused == 0 && outcome.a.converged && outcome.a.received > 40)
    #expect(try other.status(division: nil).quarantined == 0)
    #expect(try erased(other, id) == ["title"])
    try expectNothingLeft(other, secret, id)
    #expect(try other.fingerprint(of: "540100") == offices.region.fingerprint(of: "540100"))
    #expect(try await sync(other, offices.region).a.received == 0)
  }

  /// The redaction goes out before what it names, however much lies between, and once.
  @Test func redactionsTravelAhead() async throws {
    let id = try lhasa.addTraining(secret)
    _ = try await sync(lhasa, offices.region)
    try redact(id)
    try offices.region.store.read { snapshot in
      var held = HeldRanges()
      let ahead = try #require(
        try snapshot.redactionsAhead(
          after: 0, scope: { _ in true }, excluding: nil, held: &held, limit: 1 << 20))
      #expect(ahead.through.arrival == 0 && ahead.batches.allSatisfy { $0.log.space.section == .notices })
      let again = try snapshot.redactionsAhead(
        after: 0, scope: { _ in true }, excluding: nil, held: &held, limit: 1 << 20)
      #expect(again == nil)
      let rest = try snapshot.outgoing(
        after: 0, scope: { _ in true }, excluding: nil, held: held, limit: 1 << 20)
      #expect(Set(rest.batches.map(\.log)).isDisjoint(with: ahead.batches.map(\.log)))
      #expect(rest.batches.contains { $0.log.node == lhasa.facts.node })
    }
  }

  /// Somebody else's statement is no redaction: it is not sent ahead, not told, and carried out by nobody.
  @Test func whatAnybodySaysIsNotTold() async throws {
    let id = try lhasa.addTraining(secret)
    let view = try lhasa.store.read { try $0.record(prefix: id) }
    let forged = Redaction(
      space: view.space, record: view.id, cell: 1, member: 0, reason: "伪造", erased: [])
    try lhasa.store.write { commit in
      try lhasa.append(
        to: Space(division: DivisionCode("540100")!, section: .notices), operatorName: "",
        statements: [.redaction(forged)], in: commit)
    }
    _ = try await sync(lhasa, offices.region)
    try offices.region.store.read { snapshot in
      #expect(try snapshot.redactions().isEmpty)
      var held = HeldRanges()
      let ahead = try snapshot.redactionsAhead(
        after: 0, scope: { _ in true }, excluding: nil, held: &held, limit: 1 << 20)
      #expect(ahead == nil)
    }
  }

  /// Anybody may call any record the origin of his own: that does not make it his to have erased.
  @Test func invariant5AForgedOriginIsNotErasedAlong() async throws {
    let victim = try offices.region.addTraining(secret, division: "540200")
    let origin = try offices.region.store.read { try $0.record(prefix: victim) }
    let id = RecordID(milliseconds: 1_764_000_000_000, random: (3, 4))
    let space = Space(division: DivisionCode("540100")!, section: .records)
    try lhasa.store.write { commit in
      let creation = Creation(
        kind: try #require(origin.kindName),
        origin: RecordPlace(space: origin.space, record: origin.id))
      let writes = [CellWrite(cell: 1, content: .register(.text("冒认的")))]
      try lhasa.append(
        to: space, operatorName: "",
        mutations: [Mutation(target: .id(id), creation: creation, writes: writes)], in: commit)
    }
    _ = try await sync(lhasa, offices.region)
    try redact(id.description)
    #expect(try erased(offices.region, id.description) == ["title"])
    #expect(try offices.region.field(victim, "title") == .single(.text(secret)))
  }

  /// A stick brings it in the same order.
  @Test func whoComesLaterByABundleNeverGetsIt() async throws {
    let id = try lhasa.addTraining(secret)
    for number in 0..<40 { try lhasa.addTraining("培训\(number)") }
    _ = try await sync(lhasa, offices.region)
    try redact(id)
    let other = try offices.enrolled("540100", "拉萨统计局")
    let path = offices.region.store.folder + "/a.tzb"
    _ = try offices.region.makeBundle(for: "拉萨统计局", sinceLast: false, to: path)
    let report = try other.merge([path], decide: nil, operatorName: "") { _ in }
    #expect(report.sources.map(\.rejected) == [0] && report.sources.allSatisfy { $0.error == nil })
    #expect(try erased(other, id) == ["title"])
    try expectNothingLeft(other, secret, id)
    #expect(try other.fingerprint(of: "540100") == offices.region.fingerprint(of: "540100"))
    #expect(try await sync(other, offices.region).a.converged)
  }

  /// From a peer that has not heard, the change comes whole: it is kept without what was erased.
  @Test func aChangeThatComesLaterIsKeptWithoutIt() async throws {
    let id = try lhasa.addTraining(secret)
    let neighbour = try offices.enrolled("540100", "拉萨统计局")
    _ = try await sync(lhasa, offices.region)
    try redact(id)
    // The neighbour hears of the redaction alone, as a store does that was given the notices by a stick.
    let notices = try offices.region.store.read { try $0.noticesOnly() }
    try neighbour.takeForTest(notices)
    #expect(try neighbour.store.read { try $0.redactions() }.count == 1)
    _ = try await sync(neighbour, lhasa)
    #expect(try erased(neighbour, id) == ["title"])
    try expectNothingLeft(neighbour, secret, id)
    #expect(try erased(lhasa, id) == ["title"])
    #expect(try neighbour.fingerprint(of: "540100") == lhasa.fingerprint(of: "540100"))
  }

  /// What lacks values that no redaction names is set aside, and taken in once the redaction is here.
  @Test func aBodyWithoutItsValuesWaitsForTheRedaction() async throws {
    let id = try lhasa.addTraining(secret)
    _ = try await sync(lhasa, offices.region)
    try redact(id)
    let other = try offices.enrolled("540100", "拉萨统计局")
    let records = try offices.region.store.read { try $0.recordsOnly() }
    try other.takeForTest(records)
    let quarantine = try other.store.read { try $0.quarantine() }
    #expect(quarantine.map(\.reason).contains("values-missing"))
    #expect(throws: (any Error).self) { try other.store.read { try $0.record(prefix: id) } }
    try other.takeForTest(try offices.region.store.read { try $0.noticesOnly() })
    #expect(try erased(other, id) == ["title"])
    #expect(try other.store.read { try $0.quarantine() }.isEmpty)
  }

  @Test func aRedactedFieldIsWrittenAnew() async throws {
    let id = try lhasa.addTraining(secret)
    _ = try await sync(lhasa, offices.region)
    try redact(id)
    _ = try await sync(lhasa, offices.region)
    _ = try lhasa.edit(id, operations: [.set("title", to: "标准宣贯会")], operatorName: "扎西")
    #expect(try erased(lhasa, id).isEmpty)
    #expect(try lhasa.field(id, "title") == .single(.text("标准宣贯会")))
    _ = try await sync(lhasa, offices.region)
    #expect(try offices.region.field(id, "title") == .single(.text("标准宣贯会")))
    #expect(try lhasa.fingerprint(of: "540100") == offices.region.fingerprint(of: "540100"))
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
    #expect(try offices.region.reappeared().map(\.id.description) == [id])
    #expect(try offices.region.status(division: nil).reappeared.map(\.id.description) == [id])
    #expect(try lhasa.reappeared().isEmpty, "who may not redact is not asked to")
    // No rule settles it.
    let merged = try offices.region.merge([], decide: .latest, operatorName: "") { _ in }
    #expect(merged.conflictsDecided == 0 && merged.reappeared.map(\.id.description) == [id])
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

  /// The erased value that a redaction writes brings no record back.
  @Test func aDeletedRecordStaysDeleted() async throws {
    let id = try lhasa.addTraining(secret)
    _ = try lhasa.delete(id, operatorName: "")
    _ = try await sync(lhasa, offices.region)
    try redact(id)
    _ = try await sync(lhasa, offices.region)
    for node in [lhasa, offices.region] {
      #expect(try node.store.read { try $0.record(prefix: id).existence } == .deleted)
      #expect(try node.conflicts(RecordFilter()).isEmpty)
      try expectNothingLeft(node, secret, id)
    }
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

  /// Invariant 5: nobody without the right erases anything.
  @Test func invariant5OnlyTheRegionRedacts() async throws {
    let id = try lhasa.addTraining(secret)
    #expect(throws: NodeError.self) {
      try lhasa.redact(id, field: "title", reason: "本人申请", operatorName: "")
    }
    // One that says so all the same is kept, and does nothing.
    let texts = try lhasa.store.read { snapshot in
      let view = try snapshot.record(prefix: id)
      let kind = try #require(view.kind)
      return try snapshot.texts(of: view, cell: try #require(kind.cell(named: "title")), member: 0)
    }
    let view = try lhasa.store.read { try $0.record(prefix: id) }
    let redaction = Redaction(
      space: view.space, record: view.id, cell: try #require(view.kind?.cell(named: "title")), member: 0,
      reason: "伪造", erased: texts)
    try lhasa.store.write { commit in
      try lhasa.append(
        to: Space(division: DivisionCode("540100")!, section: .notices), operatorName: "",
        statements: [.redaction(redaction)], in: commit)
    }
    _ = try await sync(lhasa, offices.region)
    #expect(try offices.region.field(id, "title") == .single(.text(secret)))
    #expect(try offices.region.verify().problems == [])
  }

  /// What was moved was written twice.
  @Test(arguments: [true, false]) func aMovedRecordIsRedactedWithTheOneItWasMovedFrom(byTheNewOne: Bool)
    async throws
  {
    let old = try offices.region.addTraining(secret, division: "540200")
    let moved = try offices.region.move(old, division: "540100", operatorName: "")
    let new = moved.view.id.description
    try redact(byTheNewOne ? new : old)
    #expect(try erased(offices.region, new) == ["title"])
    try expectNothingLeft(offices.region, secret, new)
    _ = try await sync(lhasa, offices.region)
    #expect(try erased(lhasa, new) == ["title"])
    try expectNothingLeft(lhasa, secret, new)
  }

  /// What an office wrote before it joined elsewhere is only there, and no redaction can name it.
  @Test func aRecordOfBeforeJoiningIsRedactedWithTheOneInItsPlace() async throws {
    let office = try offices.office("540102", "新局")
    let old = try office.addTraining(secret)
    _ = try office.edit(old, operations: [.set("place", to: "城区广场")], operatorName: "")
    let joined = try offices.join(office, by: offices.region, into: "540600")
    _ = try await sync(joined, offices.region)
    try redact(try #require(try joined.ids(titled: secret).first))
    _ = try await sync(joined, offices.region)
    #expect(try erased(joined, old) == ["title"])
    #expect(try joined.field(old, "place") == .single(.text("城区广场")))
    try expectNothingLeft(joined, secret, old)
    try expectNothingLeft(offices.region, secret, old)
    // What is derived is made anew without it.
    #expect(try joined.diagnose(repairs: true).problems.isEmpty)
    #expect(try erased(joined, old) == ["title"])
    try expectNothingLeft(joined, secret, old)
    #expect(try await sync(joined, offices.region).a.converged)
  }

  @Test func whatIsNoTextCannotBeRedacted() throws {
    let id = try offices.region.addTraining(secret)
    for field in ["date", "plan_items", "nothing"] {
      #expect(throws: NodeError.self, "\(field)") {
        try offices.region.redact(id, field: field, reason: "本人申请", operatorName: "")
      }
    }
    // An empty field, and one that is erased already: nothing is to do, and no change is made.
    let before = try offices.region.status(division: nil).changes
    try redact(id, "place")
    #expect(try offices.region.status(division: nil).changes == before)
    // The redaction, and the erased value that is written over what was there.
    try redact(id)
    try redact(id)
    #expect(try offices.region.status(division: nil).changes == before + 2)
  }

  @Test func anImportedRecordIsRedactedWithoutItsNeighbours() async throws {
    let rows = (0..<300).map { "培训,标准宣贯会\($0)\(secret),2025-09-10,4.2,市场监管局,standards" }
    let path = offices.region.store.folder + "/rows.csv"
    try (["类别,标题,日期,计划条目,组织单位,培训主题"] + rows).joined(separator: "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    var options = LocalNode.ImportOptions()
    options.kind = "training"
    let report = try lhasa.importFile(path, options)
    #expect(report.imported == 300)
    _ = try await sync(lhasa, offices.region)
    let ids = try offices.region.store.read { snapshot in
      var ids: [String] = []
      try snapshot.forEachRecord(RecordFilter()) { view in
        ids.append(view.id.description)
        return true
      }
      return ids
    }
    try redact(ids[7])
    _ = try await sync(lhasa, offices.region)
    #expect(try lhasa.fingerprint(of: "540100") == offices.region.fingerprint(of: "540100"))
    for node in [lhasa, offices.region] {
      let redacted = try ids.filter { try erased(node, $0) == ["title"] }
      #expect(redacted == [ids[7]])
      #expect(try node.verify().problems == [])
    }
    // The file again adds nothing.
    let again = try lhasa.importFile(path, options)
    #expect(again.imported == 0 && again.updated == 0)
  }
}

extension Snapshot {
  fileprivate func noticesOnly() throws -> ChangesFrame { try frame { $0.section == .notices } }
  fileprivate func recordsOnly() throws -> ChangesFrame { try frame { $0.section == .records } }

  private func frame(_ scope: @escaping (Space) -> Bool) throws -> ChangesFrame {
    let all = try outgoing(after: 0, scope: scope, excluding: nil, held: HeldRanges(), limit: 1 << 24)
    return ChangesFrame(batches: all.batches, through: all.through)
  }
}

extension LocalNode {
  /// Takes a frame in, as from a bundle.
  fileprivate func takeForTest(_ frame: ChangesFrame) throws {
    try store.write { commit in
      var intake = Intake(node: self, source: 0)
      var authority = try Authority(commit.snapshot, identity: identity)
      _ = try intake.take(frame, mayRead: { _ in true }, authority: &authority, in: commit)
    }
  }
}
