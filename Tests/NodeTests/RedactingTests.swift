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
@Suite struct RedactingTests: RedactionScene {
  let offices: TestOffices
  let lhasa: LocalNode

  init() throws {
    offices = try TestOffices()
    lhasa = try offices.enrolled("540100", "拉萨市局")
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

  /// What does not count is erased with what the index says of it, also where it names its record by what made it.
  @Test func whatWasTakenOutIsErasedFromTheIndex() async throws {
    let id = try lhasa.addTraining("会")
    _ = try lhasa.edit(id, operations: [.set("title", to: secret)], operatorName: "扎西")
    let heads = try lhasa.store.read { try $0.heads(of: lhasa.facts.node) }
    let head = try #require(heads.first { $0.log.space.section == .records })
    #expect(head.n == 2)
    let title = try #require(
      try lhasa.store.read { try $0.record(prefix: id) }.state.cells.first { $0.number == 1 })
    let dot = try #require(title.writes.first?.dot)
    #expect(dot.change == head.ref)
    try lhasa.store.indexTail()
    #expect(try postings(lhasa, SearchGrams.pairs(in: secret)) > 0)
    let record = try #require(RecordID(id))
    try lhasa.store.write { commit in
      _ = try commit.honour(
        .only([[head.log: [ChangeRef(log: head.log, n: 1, hashPrefix: 0)]]]), of: lhasa.facts.node,
        reason: nil,
        at: 0)
      let redaction = Redaction(
        space: head.log.space, record: record, cell: 1, member: 0, reason: "本人申请",
        erased: [Redaction.Erased(change: head.ref, leaves: [0])])
      let isNew = try commit.erase(redaction, of: commit.lastArrival)
      #expect(isNew)
    }
    #expect(try postings(lhasa, SearchGrams.pairs(in: secret)) == 0)
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
