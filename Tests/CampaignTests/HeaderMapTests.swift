import Ledger
import Testing

@testable import Campaign

/// Columns of files to fields.
@Suite struct HeaderMapTests {
  let pack = Packs.quality

  private func position(_ kind: String) -> Int { pack.kindPosition(kind)! }

  private func check(
    _ headers: [String], _ cells: [String], _ kind: String, current: RecordContent? = nil
  ) -> Result<CheckedEdit, RejectedEdit> {
    let map = HeaderMap(headers: headers, pack: pack)
    do throws(RejectedEdit) {
      return .success(try map.check(cells: cells, kind: position(kind), current: current, pack: pack))
    } catch {
      return .failure(error)
    }
  }

  @Test func headersInEitherLanguageAndByCode() {
    let map = HeaderMap(
      headers: ["编号", "行政区划", "类别", "标题", "Date", "organiser", "投诉类别", "别的", " ｐｌａｃｅ "], pack: pack)
    #expect(map.idColumn == 0 && map.divisionColumn == 1 && map.kindColumn == 2)
    #expect(map.unknownHeaders == ["别的"])
    #expect(map.duplicates.isEmpty)
    #expect(map.field(column: 3, kind: position("training")) == 0)
    #expect(map.field(column: 6, kind: position("complaint")) != nil)
    #expect(map.field(column: 6, kind: position("training")) == nil)
    #expect(map.field(column: 8, kind: position("training")) == pack.kinds[0].fieldIndex("place"))
    #expect(map.hasKnownHeader)
    #expect(!HeaderMap(headers: ["a", "b"], pack: pack).hasKnownHeader)
    #expect(!HeaderMap(headers: ["row", "reason"], pack: pack).hasKnownHeader)
  }

  @Test func twoColumnsForOneField() {
    let map = HeaderMap(headers: ["标题", "title", "id", "编号"], pack: pack)
    #expect(map.duplicates.map(\.code) == [.duplicateColumn, .duplicateColumn])
    #expect(map.duplicates.last?.facts == [.headers(["标题", "title"])])
    #expect(HeaderMap(headers: ["投诉类别", "案例类别"], pack: pack).duplicates.isEmpty)
    #expect(HeaderMap(headers: ["投诉类别", "category"], pack: pack).duplicates.count == 1)
  }

  @Test func aMissingColumnTakesThePacksDefaultWithAWarning() throws {
    let headers = ["标题", "日期", "计划条目", "组织单位"]
    let cells = ["x", "45903", "4.2", "y"]
    let edit = try check(headers, cells, "training").get()
    #expect(edit.warnings.map(\.code) == [.defaultTaken])
    #expect(edit.warnings.first?.facts == [.taken("other")])
    #expect(edit.edits.contains(.register(cell: 20, value: .code("other"))))
    let map = HeaderMap(headers: headers, pack: pack)
    #expect(map.missing(kind: position("training"), pack: pack).isEmpty)
    #expect(map.defaulted(kind: position("training"), pack: pack).map(\.code) == ["topic"])
    #expect(
      map.missing(kind: position("enforcement"), pack: pack).map(\.field) == ["case_number", "violation"])
    #expect(faults(check(headers + ["培训主题"], cells + [""], "training")) == ["required topic"])
    #expect(faults(check(headers + ["培训主题"], cells, "training")) == ["required topic"])
  }

  @Test func rowsThatDoNotFit() {
    let headers = ["标题", "日期", "计划条目", "组织单位", "检查数", "别的", "reason", "attachments"]
    let cells = ["x", "45903", "4.2", "y"]
    #expect(faults(check(headers, cells + ["", "", "whatever", "a.jpg"], "training")) == [])
    #expect(faults(check(headers, cells + ["3", "  ", "", ""], "training")) == ["column-not-of-kind 检查数"])
    #expect(faults(check(headers, cells + ["", "z", "", ""], "training")) == ["column-not-of-kind 别的"])
    #expect(faults(check(headers, cells + ["", "", "", "", "", "more"], "training")) == ["too-many-cells -"])
    #expect(
      faults(check(headers, ["", "九月某日", "9.9", " "], "training")) == [
        "not-a-date date", "unknown-code plan_items", "required title", "required organiser",
      ])
  }

  /// A list of rejected rows has a column `reason`; so may a campaign's records.
  @Test func aFieldOfThePackIsNotPassedOver() throws {
    let yaml = Packs.restaurantsYAML.replacing(
      "code: guests, label: Guests", with: "code: reason, label: Line")
    #expect(throws: PackProblems.self) { try PackReader.read(yaml) }
    let pack = try PackReader.read(yaml, origin: .received)
    for header in ["reason", "LINE"] {
      let map = HeaderMap(headers: ["name", "visited", header, "row"], pack: pack)
      let edit = try map.check(cells: ["x", "2026-03-01", "7", "2"], kind: 0, pack: pack)
      #expect(edit.edits.contains(.tallyBase(cell: 6, value: .integer(7))))
    }
  }

  @Test func theSameRowAgainChangesNothing() throws {
    let headers = ["标题", "日期", "计划条目", "组织单位", "参与人数", "地点", "宣传渠道"]
    let cells = ["x", "45903", "4.1；3.6", "y", "２０", "广场", "press;微信"]
    let first = try check(headers, cells, "publicity").get()
    #expect(try check(headers, cells, "publicity", current: first.content).get().edits == [])
    var mended = cells
    mended[5] = ""
    mended[4] = "21"
    #expect(
      try check(headers, mended, "publicity", current: first.content).get().edits == [
        .register(cell: 7, value: .null), .tallyBase(cell: 9, value: .integer(21)),
      ])
    let kind = Packs.kind("publicity")
    #expect(first.content.identityKey(in: kind) != nil)
    #expect(RecordContent(kind: kind).identityKey(in: kind) == nil)
  }
}
