import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// Rows that an import would once have taken for something else than was meant.
@Suite struct ImportDoubtTests {
  private let folder = TemporaryFolder()
  private let header = "类别,标题,日期,计划条目,组织单位,培训主题,地点,备注\n"

  private func row(_ title: String, _ place: String, notes: String = "") -> String {
    "培训,\(title),2025-09-10,4.2,市场监管局,standards,\(place),\(notes)\n"
  }

  private struct Outcome {
    var report = LocalNode.ImportReport()
    var rejects: [LocalNode.Reject] = []
  }

  private func take(_ text: String, _ node: LocalNode, division: String? = nil) throws -> Outcome {
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    var outcome = Outcome()
    var options = LocalNode.ImportOptions()
    options.division = division
    outcome.report = try node.importFile(
      folder.file(text), options, LocalNode.ImportListener(rejected: { outcome.rejects.append($0) }))
    return outcome
  }

  /// An unclosed quote makes one cell of all that follows.
  @Test(arguments: [1, 7, 4096])
  func aQuoteThatIsNeverClosedRefusesTheFile(rows: Int) throws {
    let node = try TestOffices().region
    var text = header
    for number in 0..<rows { text += row("第\(number)场", "\"甲\n乙\"") }
    text += row("宣贯会", "\"广场") + row("二", "礼堂") + row("三", "礼堂")
    #expect { try take(text, node) } throws: { error in
      guard case NodeError.importUnreadable(.unclosedQuote(line: let line)) = error else { return false }
      return line == 2 + 2 * rows
    }
    #expect(try node.store.read { try $0.recordCount() } == 0)
  }

  /// A value that came after a file was made is not taken back by the file's empty cell; it is told.
  @Test func whatARowLeavesBlankStaysAndIsTold() throws {
    let node = try TestOffices().region
    _ = try take(header + row("宣贯会", "广场", notes: "雨天改期"), node)
    let id = try #require(try node.ids(titled: "宣贯会").first)
    func ledger(_ place: String) -> String { "编号," + header + "\(id)," + row("宣贯会", place) }
    let moved = try take(ledger("礼堂"), node)
    #expect(moved.report.updated == 1 && moved.report.blank == 1)
    #expect(moved.report.blankValues.map(\.record.description) == [id])
    #expect(moved.report.blankValues.flatMap(\.fields).map(\.code) == ["notes"])
    #expect(try node.field(id, "notes") == .single(.text("雨天改期")))
    let again = try take(ledger("礼堂"), node)
    #expect(again.report.unchanged == 1 && again.report.blank == 0)
    #expect(try node.field(id, "notes") == .single(.text("雨天改期")))
  }

  /// A cell that goes on behind its closing quote is neither quoted nor not: nobody's quotes are dropped.
  @Test func textBehindAClosingQuoteRejectsTheRow() throws {
    let node = try TestOffices().region
    let outcome = try take(
      header + row("\"质量月\"启动会", "甲") + row("\"质量月\" ", "乙") + row("\"吞\n没\"二\"", "丙"), node)
    #expect(outcome.report.imported == 1 && outcome.report.rejected == 2)
    #expect(outcome.rejects.map { $0.findings.map(\.code) } == [[.textBehindQuote], [.textBehindQuote]])
    #expect(outcome.rejects.map { $0.findings.map(\.field) } == [["title"], ["title"]])
    #expect(outcome.rejects.map { $0.cells[1] } == ["\"质量月\"启动会", "\"吞\n没\"二\""])
    #expect(try node.ids(titled: "质量月").count == 1)
    // As it is written in the list of rejected rows it is read as it was typed.
    let again = try take(header + row(LocalNode.csvCell(outcome.rejects[0].cells[1]), "甲"), node)
    #expect(again.report.imported == 1)
    #expect(try node.ids(titled: "\"质量月\"启动会").count == 1)
  }

  /// Of one id there are never two records: a second one in another division could not be named.
  @Test func aRowOfARecordOfAnotherDivisionIsRejected() throws {
    let node = try TestOffices().region
    let id = try node.addTraining("宣贯会", division: "540102")
    let text = "编号,\(header)\(id),\(row("宣贯会", "礼堂"))"
    let outcome = try take(text, node, division: "540103")
    #expect(outcome.report.imported == 0 && outcome.report.rejected == 1)
    #expect(outcome.rejects.first?.findings.map(\.code) == [.recordElsewhere])
    #expect(try node.store.read { try $0.recordCount() } == 1)
    // Moved there, it is what the row is about.
    let heir = try node.move(id, division: "540103", operatorName: "").view.id.description
    let moved = try take(text, node, division: "540103")
    #expect(moved.report.updated == 1 && moved.report.imported == 0)
    #expect(try node.field(heir, "place") == .single(.text("礼堂")))
    #expect(try take(text, node, division: "540103").report.unchanged == 1)
  }

  /// Where two records have one id all the same, their divisions tell them apart.
  @Test func recordsOfOneIDAreToldApartByTheirDivisions() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let nagqu = try offices.enrolled("540600", "那曲市局")
    let id = "0198f3a2-1111-7222-8333-444455556666"
    for (node, division) in [(lhasa, "540100"), (nagqu, "540600")] {
      _ = try take("编号,\(header)\(id),\(row("会\(division)", "甲"))", node)
      _ = try await sync(node, offices.region)
    }
    let region = offices.region
    #expect(
      throws: StoreError.ambiguousRecord(
        prefix: id, matches: ["540100/\(id)", "540600/\(id)"], count: 2)
    ) { try region.store.read { try $0.record(prefix: id) } }
    for division in ["540100", "540600"] {
      #expect(try region.field("\(division)/0198f3a2", "title") == .single(.text("会\(division)")))
    }
    #expect(throws: StoreError.noRecord(prefix: "540200/0198f3a2")) {
      try region.store.read { try $0.record(prefix: "540200/0198f3a2") }
    }
  }

  /// The same cells under other headers say something else.
  @Test func aMendedHeaderIsAMendedFile() throws {
    let node = try TestOffices().region
    let rows = row("宣贯会", "甲", notes: "乙")
    #expect(try take(header + rows, node).report.imported == 1)
    let swapped = header.replacing("地点,备注", with: "备注,地点")
    #expect(try take(swapped + rows, node).report.updated == 1)
    let id = try #require(try node.ids(titled: "宣贯会").first)
    #expect(try node.field(id, "place") == .single(.text("乙")))
    #expect(try node.field(id, "notes") == .single(.text("甲")))
    // Another word for the same field is no other header.
    #expect(try take(swapped.replacing("备注", with: "notes") + rows, node).report.unchanged == 1)
  }

  /// Two rows of one thing would write over each other, at every import anew.
  @Test func twoRowsOfOneThingAreTold() throws {
    let node = try TestOffices().region
    let text = header + row("一", "甲") + row("二", "甲") + row("一", "甲") + row("二", "乙")
    for number in 0..<2 {
      let outcome = try take(text, node)
      #expect(outcome.report.imported == (number == 0 ? 2 : 0) && outcome.report.updated == 0)
      #expect(outcome.report.rejected == 1 && outcome.report.unchanged == (number == 0 ? 1 : 3))
      #expect(outcome.rejects.first?.row == 5)
      #expect(outcome.rejects.first?.findings.first?.facts == [.row(3)])
      let id = try #require(try node.ids(titled: "二").first)
      #expect(try node.field(id, "place") == .single(.text("甲")))
    }
  }

  /// A store that is restored knows nothing of what was imported after the backup; the one that it replaces does.
  @Test func whatAnotherStoreOfTheNodeImportedIsNotImportedTwice() throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    _ = try lhasa.backup(to: folder.path + "/b")
    let text = header + row("一", "甲") + row("二", "甲")
    #expect(try take(text, lhasa).report.imported == 2)
    let restored = try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/restored")
    _ = try restored.merge([lhasa.store.folder], decide: nil, operatorName: "", progress: { _ in })
    #expect(try restored.store.read { try $0.recordCount() } == 2)
    let again = try take(text, restored).report
    #expect(again.imported == 0 && again.updated == 0 && again.unchanged == 2)
    #expect(try take(header + row("一", "乙"), restored).report.updated == 1)
    #expect(try restored.store.read { try $0.recordCount() } == 2)
  }
}
