import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

@Suite struct ImportTests {
  private let folder = TemporaryFolder()
  private let header = "类别,标题,日期,计划条目,组织单位,培训主题,地点,备注\n"

  private func file(_ text: String, _ name: String = "a.csv") throws -> String {
    try file(Array(text.utf8), name)
  }

  private func file(_ bytes: [UInt8], _ name: String = "a.csv") throws -> String {
    let path = folder.path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func row(_ title: String, place: String, notes: String = "") -> String {
    "培训,\(title),2025-09-10,4.2,市场监管局,standards,\(place),\(notes)\n"
  }

  private func id(_ node: LocalNode) throws -> String {
    try node.store.read { snapshot in
      var id = ""
      try snapshot.forEachRecord(RecordFilter()) { view in
        id = view.id.description
        return true
      }
      return id
    }
  }

  /// A mended row changes what was mended; what somebody else wrote since stays.
  @Test func aMendedRowLeavesAloneWhatOthersWroteSince() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let options = LocalNode.ImportOptions()
    _ = try lhasa.importFile(file(header + row("宣贯会", place: "广场")), options)
    _ = try await sync(lhasa, offices.region)
    let record = try id(lhasa)
    _ = try offices.region.edit(record, operations: [.set("place", to: "礼堂")], operatorName: "")
    _ = try await sync(lhasa, offices.region)
    let report = try lhasa.importFile(file(header + row("宣贯会", place: "广场", notes: "补记")), options)
    #expect(report.updated == 1 && report.imported == 0)
    #expect(try lhasa.field(record, "place") == .single(.text("礼堂")))
    #expect(try lhasa.field(record, "notes") == .single(.text("补记")))
    // Where both changed the same value, both are kept.
    let again = try lhasa.importFile(file(header + row("宣贯会", place: "会展中心", notes: "补记")), options)
    #expect(again.updated == 1)
    let view = try lhasa.store.read { try $0.record(prefix: record) }
    #expect(view.conflicts == ["place"])
    // And what was emptied in the row is emptied, once.
    let emptied = try lhasa.importFile(file(header + row("宣贯会", place: "会展中心")), options)
    #expect(emptied.updated == 1)
    #expect(try lhasa.field(record, "notes") == nil)
    #expect(try lhasa.importFile(file(header + row("宣贯会", place: "会展中心")), options).unchanged == 1)
  }

  /// A row that names a record by its id mends the one that was made in its place.
  @Test func aRowOfAMovedRecordMendsWhatWasMadeOfIt() throws {
    let node = try TestOffices().region
    let old = try node.addTraining("宣贯会", division: "540102")
    let heir = try node.move(old, division: "540103", operatorName: "").view.id.description
    var options = LocalNode.ImportOptions()
    options.division = "540102"
    for (place, updated) in [("礼堂", 1), ("礼堂", 0), ("广场", 1)] {
      let file = try file("编号,\(header)\(old),\(row("宣贯会", place: place))")
      let report = try node.importFile(file, options)
      #expect(report.imported == 0 && report.rejected == 0 && report.updated == updated)
      #expect(try node.field(heir, "place") == .single(.text(place)))
    }
    let view = try node.store.read { try $0.record(prefix: old) }
    #expect(view.existence == .deleted)
    #expect(try node.status(division: nil).conflicts == 0)
  }

  @Test func theSameLettersInOtherCellsAreAnotherRow() throws {
    let node = try TestOffices().region
    _ = try node.importFile(file(header + row("宣贯会", place: "甲乙", notes: "丙")), LocalNode.ImportOptions())
    let report = try node.importFile(
      file(header + row("宣贯会", place: "甲", notes: "乙丙")), LocalNode.ImportOptions())
    #expect(report.updated == 1)
  }

  @Test func aRowTwiceInOneFileIsOneRecord() throws {
    let node = try TestOffices().region
    let report = try node.importFile(
      file(
        header + row("一", place: "甲") + row("二", place: "甲") + row("一", place: "甲") + row("二", place: "乙")),
      LocalNode.ImportOptions())
    #expect(report.imported == 2 && report.unchanged == 1 && report.updated == 1)
  }

  /// Pieces of the file end anywhere: inside a character, a quoted cell, a line's end.
  @Test func aFileIsReadTheSameWhereverItsPiecesEnd() throws {
    let text =
      header + "培训,\"宣\"\"贯,\r\n会\",2025-09-10,4.2,局,standards,\"\",'=1+1\r\n" + row("二", place: "广场")
    let bytes = Array(text.utf8)
    func rows(piece: Int) throws -> [[String]] {
      var at = 0
      var decoder = TextDecoder(isUTF8: true)
      var rows = DelimitedRows {
        guard at < bytes.count else { return nil }
        defer { at += piece }
        return decoder.decode(Array(bytes[at..<min(bytes.count, at + piece)]))
      }
      var found: [[String]] = []
      var cells = RowCells()
      while try rows.next(into: &cells) { found.append(cells.texts) }
      return found
    }
    let whole = try rows(piece: bytes.count)
    #expect(whole.count == 3 && whole[1][1] == "宣\"贯,\r\n会" && whole[1][7] == "=1+1")
    for piece in 1...40 { #expect(try rows(piece: piece) == whole, "pieces of \(piece)") }
  }

  @Test func gb18030IsToldByItselfAndReadAcrossPieces() throws {
    let node = try TestOffices().region
    var text = header
    // More than a piece, and of odd length, so that characters are cut.
    for number in 0..<9000 {
      text += row("宣贯会\(number)", place: "广场", notes: String(repeating: "记", count: number % 60))
    }
    let report = try node.importFile(file(TextEncoding.gb18030.encode(text)), LocalNode.ImportOptions())
    #expect(report.imported == 9000 && report.rejected == 0)
  }

  @Test func whatIsNoTextOrHasARowWithoutAnEndLeavesNothingBehind() throws {
    let node = try TestOffices().region
    let good = header + row("一", place: "甲")
    for (bytes, problem) in [
      (Array(good.utf8) + [0], NodeError.ImportProblem.encoding),
      (Array(good.utf8) + [0xff, 0xff], .encoding), ([], .empty),
      (
        Array((good + "培训,\"").utf8) + [UInt8](repeating: 97, count: DelimitedRows.rowBytes + (2 << 20)),
        .rowTooLong
      ),
      (Array("{\"标题\":\"一\"}\n[1]\n".utf8), .notJSON(line: 2)),
    ] {
      #expect { try node.importFile(file(bytes), LocalNode.ImportOptions()) } throws: { error in
        if case NodeError.importUnreadable(let found) = error { return found == problem }
        return false
      }
      #expect(try node.store.read { try $0.recordCount() } == 0)
    }
  }

  @Test func aKeyThatComesLateIsAColumnOfEveryObject() throws {
    let node = try TestOffices().region
    let text = """
      {"kind":"training","title":"一","date":"2025-09-10","plan_items":["4.2"],"organiser":"局","topic":"standards"}

      {"kind":"training","title":"二","date":"2025-09-10","plan_items":["4.2"],"organiser":"局","topic":"standards","place":"礼堂"}
      """
    let report = try node.importFile(file(text, "a.jsonl"), LocalNode.ImportOptions())
    #expect(report.imported == 2 && report.rejected == 0)
    #expect(try node.importFile(file(text, "a.jsonl"), LocalNode.ImportOptions()).unchanged == 2)
  }

  @Test func objectsMayCallAFieldByItsCodeOrItsLabel() throws {
    let node = try TestOffices().region
    let text = """
      {"kind":"training","title":"一","date":"2025-09-10","plan_items":["4.2"],"organiser":"局","topic":"standards"}
      {"类别":"培训","标题":"二","日期":"2025-09-10","计划条目":"4.2","组织单位":"局","培训主题":"标准"}
      """
    let report = try node.importFile(file(text, "a.jsonl"), LocalNode.ImportOptions())
    #expect(report.imported == 2 && report.rejected == 0)
    let twice =
      #"{"kind":"training","title":"三","标题":"四","date":"2025-09-10","plan_items":"4.2","organiser":"局"}"#
    #expect { try node.importFile(file(twice, "b.jsonl"), LocalNode.ImportOptions()) } throws: { error in
      if case NodeError.importUnreadable(.duplicateColumns) = error { return true }
      return false
    }
  }

  /// A list says itself what its elements are; one that would be read back as two is refused.
  @Test func anElementOfAListIsNotParted() throws {
    let node = try TestOffices().region
    let good =
      #"{"kind":"training","title":"一","date":"2025-09-10","plan_items":["4.2","4.1"],"organiser":"局","held_by":["甲、乙"],"co_organisers":["质检科","计量科"]}"#
    let bad = good.replacing("\"质检科\",\"", with: "\"质检、")
    var rejects: [LocalNode.Reject] = []
    let listener = LocalNode.ImportListener(rejected: { rejects.append($0) })
    let report = try node.importFile(
      file(good + "\n" + bad + "\n", "a.jsonl"), LocalNode.ImportOptions(), listener)
    #expect(report.imported == 1 && report.rejected == 1)
    #expect(rejects.first?.findings.map(\.code) == [.partedElement])
    #expect(rejects.first?.findings.map(\.field) == ["co_organisers"])
    #expect(try node.field(id(node), "co_organisers") == .set([.text("计量科"), .text("质检科")]))
  }

  @Test func aRejectedObjectIsKeptAsItsLine() throws {
    let node = try TestOffices().region
    let good = #"{"kind":"training","title":"一","date":"2025-09-10","plan_items":"4.2","organiser":"局"}"#
    let bad = good.replacing("2025-09-10", with: "昨天")
    var rejects: [LocalNode.Reject] = []
    let listener = LocalNode.ImportListener(rejected: { rejects.append($0) })
    let report = try node.importFile(
      file(good + "\n\n" + bad + "\n", "a.jsonl"), LocalNode.ImportOptions(), listener)
    #expect(report.imported == 1 && report.rejected == 1)
    #expect(rejects.first?.row == 3 && rejects.first?.header == ["line"] && rejects.first?.cells == [bad])
  }

  /// What every row would be rejected for is wrong with the file.
  @Test func aFileWithoutARequiredColumnIsRefusedWhole() throws {
    let node = try TestOffices().region
    let common = "类别,标题,日期,计划条目"
    for (text, missing) in [
      (common + "\n培训,一,2025-09-10,4.2\n", "organiser"),
      (common + ",组织单位,专项行动,违法事实\n执法案件,一,2025-09-10,4.2,局,铁拳,甲\n", "case_number"),
    ] {
      #expect { try node.importFile(file(text), LocalNode.ImportOptions()) } throws: { error in
        guard case NodeError.importUnreadable(.missingColumns(let found)) = error else { return false }
        return found.map(\.code) == [missing]
      }
    }
    // Rows of a kind that does without the column go in.
    let mixed = common + ",组织单位\n执法案件,一,2025-09-10,4.2,局\n培训,二,2025-09-10,4.2,局\n"
    let report = try node.importFile(file(mixed), LocalNode.ImportOptions())
    #expect(report.imported == 1 && report.rejected == 1)
  }

  @Test func aRowThatNamesANoticeChangesTheNotice() throws {
    let node = try TestOffices().region
    let notice = try node.add(
      kind: "training", division: nil, isNotice: true,
      operations: [
        .set("title", to: "通知"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
        .set("organiser", to: "局"), .set("topic", to: "standards"),
      ], operatorName: "")
    let id = notice.view.id.description
    let text =
      "id,kind,title,date,plan_items,organiser,topic\n\(id),training,新通知,2025-09-10,4.2,局,standards\n"
    let report = try node.importFile(file(text), LocalNode.ImportOptions())
    #expect(report.updated == 1 && report.imported == 0)
    #expect(try node.field(id, "title") == .single(.text("新通知")))
  }

  @Test func aDryRunLeavesNoTrace() throws {
    let node = try TestOffices().region
    var options = LocalNode.ImportOptions()
    options.isDryRun = true
    #expect(try node.importFile(file(header + row("一", place: "甲")), options).imported == 1)
    #expect(try node.store.read { try $0.recordCount() } == 0)
  }
}

/// What an import says of suspected duplicates is counted from what goes in, and is what the store itself finds.
@Suite struct ImportedDuplicateTests {
  private func ledger(_ rows: [(title: String, date: String, place: String, organiser: String)]) -> String {
    rows.reduce(into: "类别,标题,日期,计划条目,组织单位,培训主题,地点\n") { text, row in
      text += "培训,\(row.title),\(row.date),4.2,\(row.organiser),standards,\(row.place)\n"
    }
  }

  private func importing(_ text: String, into node: LocalNode) throws -> LocalNode.ImportReport {
    let path = node.store.folder + "/rows.csv"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return try node.importFile(path, LocalNode.ImportOptions())
  }

  private func suspects(_ node: LocalNode) throws -> Int { try node.store.read { try $0.suspectCount() } }

  @Test func whatAnImportCountsIsWhatTheStoreFinds() throws {
    let offices = try TestOffices()
    let node = try offices.office("540100", "拉萨市局")
    let first = ledger([
      ("电梯安全宣传周", "2025-09-10", "文化广场", "市场监管局"), ("计量惠民进社区", "2025-09-12", "体育馆", "质检所"),
      // The same as the first, entered by another body a day later.
      ("电梯安全宣传周活动", "2025-09-11", "文化广场", "商务局"),
    ])
    #expect(try importing(first, into: node).duplicatesSuspected == 1)
    #expect(try suspects(node) == 1)
    // Another file brings what is like a record that was there before it, and nothing like its own.
    let second = ledger([
      ("计量惠民进社区活动", "2025-09-13", "体育馆", "教育局"), ("标准宣贯会", "2025-10-20", "会展中心", "质检所"),
    ])
    #expect(try importing(second, into: node).duplicatesSuspected == 1)
    #expect(try suspects(node) == 2)
    #expect(try importing(second, into: node).duplicatesSuspected == 0)
  }

  @Test func aRowThatTheSameFileMendsIsComparedAsItIsInTheEnd() throws {
    let offices = try TestOffices()
    let node = try offices.office("540100", "拉萨市局")
    // The last line has the identity of the first one, and another place: then nothing is alike any more.
    let text = ledger([
      ("电梯安全宣传周", "2025-09-10", "文化广场", "市场监管局"), ("电梯安全宣传周活动", "2025-09-11", "文化广场", "商务局"),
      ("电梯安全宣传周", "2025-09-10", "会展中心", "市场监管局"),
    ])
    let report = try importing(text, into: node)
    #expect(report.imported == 2 && report.updated == 1)
    #expect(try report.duplicatesSuspected == suspects(node))
  }
}
