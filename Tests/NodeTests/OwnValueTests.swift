import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// Within a log a later write ends the earlier one, named or not. No command may do so to a value that it did not mean to
/// replace: an undo, an import or a decision that comes late.
@Suite struct OwnValueTests {
  private let folder = TemporaryFolder()
  private let offices: TestOffices
  private let office: LocalNode
  private var region: LocalNode { offices.region }
  private let header = "编号,类别,标题,日期,计划条目,组织单位,培训主题,地点,参与人数,备注\n"

  init() throws {
    offices = try TestOffices()
    office = try offices.enrolled("540100", "拉萨市局")
  }

  private func meet() async throws {
    _ = try await sync(office, region)
    #expect(try office.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
    for node in [office, region] { #expect(try node.verify().problems == []) }
  }

  private func set(_ node: LocalNode, _ id: String, _ field: String, _ text: String) throws {
    _ = try node.edit(id, operations: [.set(field, to: text)], operatorName: "")
  }

  /// The living texts of a field, whichever is shown.
  private func living(_ node: LocalNode, _ id: String, _ field: String) throws -> Set<String> {
    try node.store.read { snapshot in
      let view = try snapshot.record(prefix: id)
      guard let cell = view.kind?.cell(named: field) else { return [] }
      let writes = (view.state.cell(cell, .register)?.writes ?? []).flatMap(\.separated)
      return Set(
        writes.compactMap { if case .register(.text(let text)) = $0.content { text } else { nil } })
    }
  }

  /// A file with one row that names a record.
  private func file(_ id: String, place: String = "", participants: String = "", notes: String = "") throws
    -> String
  {
    let row = "\(id),培训,会,2025-09-10,4.2,市场监管局,standards,\(place),\(participants),\(notes)\n"
    return try folder.file(header + row)
  }

  private func take(_ node: LocalNode, _ file: String) throws -> LocalNode.ImportReport {
    try node.importFile(file, LocalNode.ImportOptions())
  }

  // MARK: undo

  /// Invariant 3: who takes a foreign resolution back keeps what it had written beside it.
  @Test func invariant3AnUndoKeepsWhatItsOfficeWroteBesideTheResolution() async throws {
    let other = try offices.enrolled("540100", "拉萨市农业农村局")
    let id = try office.addTraining("会")
    try await meet()
    _ = try await sync(other, region)
    try set(other, id, "place", "甲")
    try set(region, id, "place", "乙")
    // By who has heard of neither.
    try set(office, id, "place", "丁")
    _ = try await sync(other, region)
    _ = try region.resolve(id, field: "place", .value("丙"), operatorName: "")
    try await meet()
    #expect(try living(office, id, "place") == ["丙", "丁"])
    _ = try office.undo(id, field: "place", operatorName: "")
    #expect(try living(office, id, "place") == ["甲", "乙", "丁"])
    try await meet()
    #expect(try living(region, id, "place") == ["甲", "乙", "丁"])
  }

  @Test func anUndoneCountHasItsIncrementsAgain() async throws {
    let id = try office.addTraining("会")
    try await meet()
    try set(office, id, "participants", "10")
    try set(region, id, "participants", "12")
    _ = try region.edit(id, operations: [.increment("participants", by: "3")], operatorName: "")
    try await meet()
    _ = try office.resolve(id, field: "participants", .value("15"), operatorName: "")
    #expect(try office.field(id, "participants") == .tally(15))
    _ = try office.undo(id, field: "participants", operatorName: "")
    let shown = try office.field(id, "participants")
    #expect(shown == .tally(13) || shown == .tally(15), "\(String(describing: shown))")
    try await meet()
    #expect(try region.conflicts(RecordFilter()).map(\.field) == ["participants"])
    for node in [office, region] {
      let increments = try node.store.read { try $0.record(prefix: id).contested.first?.increments }
      #expect(increments == 3)
    }
  }

  /// A candidate of another log stands with its hash, also where that log itself had brought it back.
  @Test func aCandidateThatWasBroughtBackTwiceIsNamedInFull() async throws {
    let id = try office.addTraining("会")
    try await meet()
    try set(office, id, "place", "甲")
    try set(region, id, "place", "乙")
    try await meet()
    _ = try office.resolve(id, field: "place", .take(1), operatorName: "")
    _ = try office.undo(id, field: "place", operatorName: "")
    try await meet()
    _ = try region.resolve(id, field: "place", .value("丙"), operatorName: "")
    _ = try region.undo(id, field: "place", operatorName: "")
    try await meet()
    let cell = try region.store.read { snapshot in
      let view = try snapshot.record(prefix: id)
      return try #require(view.state.cell(view.kind?.cell(named: "place") ?? 0, .register))
    }
    let log = try #require(cell.writes.first?.dot.change.log)
    #expect(log.node == region.facts.node)
    for value in cell.writes.flatMap(\.separated) where value.dot.change.log != log {
      #expect(value.dot.change.hashPrefix != 0)
    }
    #expect(try living(region, id, "place") == ["甲", "乙"])
  }

  // MARK: import

  /// What is in conflict stays so by a file that has just what is shown, and by one that has something else.
  @Test(arguments: [true, false]) func invariant3AnImportedExportSettlesNothing(ownIsShown: Bool) async throws
  {
    let id = try office.addTraining("会")
    try await meet()
    let (first, second) = ownIsShown ? (region, office) : (office, region)
    try set(first, id, "place", "先")
    try set(second, id, "place", "后")
    try await meet()
    let shown = try office.field(id, "place")
    guard case .single(.text(let text))? = shown else {
      Issue.record("\(String(describing: shown))")
      return
    }
    let same = try take(office, file(id, place: text))
    #expect(same.updated == 0 && same.kept == 0)
    #expect(try living(office, id, "place") == ["先", "后"])
    let edited = try take(office, file(id, place: "改"))
    let left = try living(office, id, "place")
    let own = ownIsShown == (text == "后") ? text : (text == "后" ? "先" : "后")
    if own == text {
      // The office's own value is the one that the row replaces.
      #expect(edited.updated == 1 && left == [text == "后" ? "先" : "后", "改"], "\(left)")
    } else {
      // It would go unseen: nothing is written, and that is told.
      #expect(edited.kept == 1 && left == ["先", "后"], "\(left)")
      #expect(edited.keptValues.first?.fields.map(\.code) == ["place"])
    }
    #expect(try office.conflicts(RecordFilter()).map(\.field) == ["place"])
  }

  /// The row has the total that is shown, increments and all.
  @Test func anImportedTotalIsTheTotal() throws {
    let id = try office.addTraining("会")
    try set(office, id, "participants", "10")
    _ = try office.edit(id, operations: [.increment("participants", by: "5")], operatorName: "")
    #expect(try take(office, file(id, participants: "15")).updated == 0)
    #expect(try office.field(id, "participants") == .tally(15))
    #expect(try take(office, file(id, participants: "20")).updated == 1)
    #expect(try office.field(id, "participants") == .tally(20))
  }

  /// A file that was taken in as it was exported is mended against what it said then.
  @Test func aMendedExportLeavesAloneWhatOthersWroteSince() async throws {
    let id = try office.addTraining("会")
    try set(office, id, "place", "礼堂")
    #expect(try take(office, file(id, place: "礼堂")).updated == 0)
    try await meet()
    try set(region, id, "place", "广场")
    try await meet()
    #expect(try take(office, file(id, place: "礼堂", notes: "补记")).updated == 1)
    #expect(try office.field(id, "place") == .single(.text("广场")))
    #expect(try office.field(id, "notes") == .single(.text("补记")))
    #expect(try take(office, file(id, place: "体育馆", notes: "再记")).updated == 1)
    #expect(try living(office, id, "place") == ["广场", "体育馆"])
    #expect(try office.field(id, "notes") == .single(.text("再记")))
  }

  /// A row that has another kind by mistake would write over cells that stand for something else.
  @Test func aRowOfAnotherKindIsRejected() throws {
    let id = try office.addTraining("会")
    let text = "编号,类别,标题,日期,计划条目,组织单位\n\(id),监督检查,会,2025-09-10,5.1,局\n"
    #expect(try take(office, folder.file(text)).rejected == 1)
    // What stands in for a column that a file has not is no value of its rows.
    try set(office, id, "topic", "metrology")
    let short = "编号,类别,标题,日期,计划条目,组织单位\n\(id),培训,会,2025-09-10,4.2,市场监管局\n"
    #expect(try take(office, folder.file(short)).updated == 0)
    #expect(try office.field(id, "topic") == .single(.code("metrology")))
  }

  /// A mended row does not take the place of what a colleague entered by hand in the same store since.
  @Test func aMendedRowLeavesAloneWhatWasEnteredByHand() throws {
    let lines = "类别,标题,日期,计划条目,组织单位,培训主题,地点\n"
    func ledger(_ place: String) throws -> String {
      try folder.file(lines + "培训,会,2025-09-10,4.2,市场监管局,standards,\(place)\n")
    }
    #expect(try take(office, ledger("广场")).imported == 1)
    let id = try #require(
      try office.store.read { snapshot in
        var id: String?
        try snapshot.forEachRecord(RecordFilter()) { view in
          id = view.id.description
          return true
        }
        return id
      })
    try set(office, id, "place", "礼堂")
    let mended = try take(office, ledger("会展中心"))
    #expect(mended.kept == 1 && mended.updated == 0)
    #expect(try living(office, id, "place") == ["礼堂"])
    // It is told until it is settled.
    #expect(try take(office, ledger("会展中心")).kept == 1)
    _ = try office.delete(id, operatorName: "")
    #expect(try take(office, ledger("体育馆")).keptValues.first?.fields.map(\.code) == ["deleted"])
    #expect(try office.conflicts(RecordFilter()).isEmpty)
  }

  // MARK: deletion

  /// A decision on a field of a record that is deleted by now would bring it back.
  @Test func nothingIsSettledInADeletedRecord() async throws {
    let id = try office.addTraining("会")
    try await meet()
    try set(office, id, "place", "甲")
    try set(region, id, "place", "乙")
    try await meet()
    let listed = try #require(try office.conflicts(RecordFilter()).first)
    _ = try region.delete(id, operatorName: "")
    try await meet()
    for decide in [
      { _ = try office.resolve(id, field: "place", .take(1), operatorName: "") },
      { _ = try office.resolve(listed, .take(1), operatorName: "") },
      { _ = try office.undo(id, field: "place", operatorName: "") },
    ] {
      #expect {
        try decide()
      } throws: { error in
        if case NodeError.recordDeleted = error { true } else { false }
      }
    }
    try await meet()
    #expect(try office.store.read { try $0.recordCount() } == 0)
  }

  /// Whoever decides whether a record stays has seen all that was written in it.
  @Test func aDeletionIsNotConfirmedOverWhatCameSince() async throws {
    let other = try offices.enrolled("540100", "拉萨市农业农村局")
    let id = try office.addTraining("会")
    try await meet()
    _ = try await sync(other, region)
    try set(other, id, "notes", "早写的")
    _ = try region.delete(id, operatorName: "")
    try set(office, id, "place", "礼堂")
    try await meet()
    let listed = try #require(try region.conflicts(RecordFilter()).first { $0.reason == .deleted })
    // Its stamp is older than that of what was seen.
    _ = try await sync(other, region)
    #expect {
      _ = try region.resolve(listed, .value("yes"), operatorName: "")
    } throws: { error in
      if case NodeError.conflictChanged = error { true } else { false }
    }
  }

  // MARK: merge

  /// Whoever ends a merge while it settles conflicts is told, and what is left stays open.
  @Test func aMergeEndsWhereItSettles() async throws {
    for title in ["一", "二", "三"] {
      let id = try office.addTraining(title)
      try await meet()
      try set(office, id, "place", "甲")
      try set(region, id, "place", "乙")
    }
    try await meet()
    let stop = StopSignal()
    stop.fire()
    let report = try region.merge([], decide: .latest, operatorName: "", until: stop, progress: { _ in })
    #expect(report.isInterrupted && report.decided.isEmpty && report.conflictsOpen == 3)
    let whole = try region.merge([], decide: .latest, operatorName: "", progress: { _ in })
    #expect(!whole.isInterrupted && whole.decided.count == 3 && whole.conflictsOpen == 0)
  }
}
