import Campaign
import Foundation
import GRDB
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// A ledger is older than the redaction of what is in it: importing it again brings nothing back.
@Suite struct RedactedImportTests {
  private let folder = TemporaryFolder()
  private let offices: TestOffices
  private let lhasa: LocalNode
  private let header = "类别,标题,日期,计划条目,组织单位,培训主题,地点,备注,联合单位\n"

  init() throws {
    offices = try TestOffices()
    lhasa = try offices.enrolled("540100", "拉萨市局")
  }

  private func row(_ title: String, _ place: String, _ notes: String, _ others: String = "甲局;卓玛") -> String {
    "培训,\(title),2025-09-10,4.2,市场监管局,standards,\(place),\(notes),\(others)\n"
  }

  private func take(_ text: String, header: String? = nil) throws -> LocalNode.ImportReport {
    try lhasa.importFile(folder.file((header ?? self.header) + text), LocalNode.ImportOptions())
  }

  private func redact(_ id: String, _ fields: String...) async throws {
    _ = try await sync(lhasa, offices.region)
    for field in fields {
      _ = try offices.region.redact(id, field: field, reason: "本人申请", operatorName: "")
    }
    _ = try await sync(lhasa, offices.region)
  }

  private func redacted(_ node: LocalNode, _ id: String) throws -> [String] {
    try node.store.read { try $0.record(prefix: id).redacted }
  }

  @Test func theFileItCameFromDoesNotBringItBack() async throws {
    #expect(try take(row("宣贯会", "广场", "卓玛的电话") + row("别的", "广场", "")).imported == 2)
    let id = try lhasa.ids(titled: "宣贯会")[0]
    try await redact(id, "notes", "co_organisers")
    // As it was; with another cell mended; and that again.
    for (place, updated) in [("广场", 0), ("礼堂", 1), ("礼堂", 0)] {
      let report = try take(row("宣贯会", place, "卓玛的电话") + row("别的", "广场", ""))
      #expect(report.imported == 0 && report.updated == updated && report.unchanged == 2 - updated)
      #expect(report.redacted == 3, "\(place)")
      #expect(try lhasa.field(id, "place") == .single(.text(place)))
    }
    _ = try await sync(lhasa, offices.region)
    for node in [lhasa, offices.region] {
      #expect(try redacted(node, id) == ["co_organisers", "notes"])
      #expect(try node.status(division: nil).conflicts == 0)
    }
    // In a file that was mended as well nothing is left to be told.
    let clean = try take(row("宣贯会", "会展中心", "", ""))
    #expect(clean.updated == 1 && clean.redacted == 0)
    #expect(try redacted(lhasa, id) == ["co_organisers", "notes"])
    #expect(try take(row("宣贯会", "会展中心", "", "")).unchanged == 1)
  }

  /// Elements that came later go by the file, those that may have been erased do not.
  @Test func ofASetOnlyWhatIsLeftIsMended() async throws {
    _ = try take(row("宣贯会", "广场", ""))
    let id = try lhasa.ids(titled: "宣贯会")[0]
    try await redact(id, "co_organisers")
    for element in ["甲局", "乙局"] {
      _ = try lhasa.edit(id, operations: [.add("co_organisers", element)], operatorName: "")
    }
    let report = try take(row("宣贯会", "广场", "", "甲局;卓玛"))
    #expect(report.redacted == 1)
    let elements = try #require(try lhasa.field(id, "co_organisers")?.elements)
    #expect(elements.contains(.erased) && elements.contains(.text("甲局")))
    #expect(!elements.contains(.text("卓玛")))
  }

  /// A row's hash would tell who guesses the rest of it.
  @Test func noHashOfARedactedRowIsKept() async throws {
    _ = try take(row("宣贯会", "广场", "卓玛的电话") + row("别的", "广场", ""))
    func forgotten() throws -> Int? {
      try DatabaseQueue(path: lhasa.store.folder + "/store.sqlite").read { db in
        try Int.fetchOne(db, sql: "SELECT count(*) FROM imported WHERE content = zeroblob(32)")
      }
    }
    #expect(try forgotten() == 0)
    try await redact(try lhasa.ids(titled: "宣贯会")[0], "notes")
    #expect(try forgotten() == 1)
    #expect(try take(row("宣贯会", "礼堂", "卓玛的电话")).updated == 1)
    #expect(try forgotten() == 1)
  }

  /// A row that names the record, as an export of before does.
  @Test func anOldExportDoesNotBringItBack() async throws {
    let id = try lhasa.addTraining("宣贯会")
    _ = try lhasa.edit(id, operations: [.set("notes", to: "卓玛的电话")], operatorName: "")
    try await redact(id, "notes", "title")
    let report = try take("\(id)," + row("宣贯会", "礼堂", "卓玛的电话", ""), header: "id," + header)
    #expect(report.updated == 1 && report.imported == 0 && report.redacted == 2)
    #expect(try redacted(lhasa, id) == ["title", "notes"])
    #expect(try lhasa.field(id, "place") == .single(.text("礼堂")))
    // The word that an export has in its place says nothing of the field.
    let words = try take("\(id)," + row("[redacted]", "广场", "〔已抹除〕", ""), header: "id," + header)
    #expect(words.updated == 1 && words.rejected == 0 && words.redacted == 2)
    #expect(try redacted(lhasa, id) == ["title", "notes"])
    #expect(try lhasa.field(id, "place") == .single(.text("广场")))
  }
}
