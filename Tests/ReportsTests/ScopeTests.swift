import Campaign
import Foundation
import Ledger
import Node
import Store
import TestSupport
import Testing

@testable import Reports

/// Which records count, and where.
@Suite struct ScopeTests {
  private let folder = TemporaryFolder()

  private func code(_ text: String) throws -> DivisionCode { try #require(DivisionCode(text)) }

  private func region() throws -> LocalNode {
    try LocalNode.create(folder: folder.path + "/region", division: "540000", name: "自治区", isRegion: true)
  }

  @discardableResult
  private func add(
    _ node: LocalNode, _ division: String, _ more: [EditDraft.Operation] = [], kind: String = "training"
  ) throws -> RecordID {
    try node.add(
      kind: kind, division: division, isNotice: false,
      operations: [
        .set("title", to: "会"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2;4.2.a;4.1.d"),
        .set("organiser", to: "局"),
      ] + (kind == "training" ? [.set("topic", to: "standards")] : []) + more, operatorName: ""
    ).view.id
  }

  private func summary(_ node: LocalNode, leavingOut: Set<RecordID> = []) throws -> SummaryReport {
    try node.store.read { snapshot in
      try SummaryReport(
        snapshot,
        ReportScope(
          division: node.facts.division, from: nil, to: nil, leavingOut: leavingOut, at: 1_757_000_000_000))
    }
  }

  @Test func aRecordThatAnotherStandsForCountsOnce() throws {
    let node = try region()
    let first = try add(node, "540100")
    let second = try add(node, "540200")
    #expect(try summary(node).total.records == 2)
    let linked = try summary(node, leavingOut: [second])
    #expect(linked.total.records == 1)
    #expect(linked.rows.filter { $0.records > 0 }.map(\.division.description) == ["540100"])
    #expect(linked.days.map(\.records) == [1])
    #expect(try summary(node, leavingOut: [first, second]).total.records == 0)
  }

  @Test func aRecordUnderSeveralItemsCountsOnceUnderWhatTheyLieIn() throws {
    let node = try region()
    try add(node, "540100")
    let total = try summary(node).total
    #expect(total.items == ["4.2": 1, "4.2.a": 1, "4.1.d": 1])
    #expect(total.topics == ["4.2": 1, "4.1": 1])
  }

  @Test func rowsAddUpToTheTotalWithWhatADivisionHoldsItself() throws {
    let node = try region()
    for division in ["540000", "540100", "540102", "540102", "540200"] { try add(node, division) }
    let report = try summary(node)
    #expect(report.rows.map(\.records).reduce(0, +) == 5 && report.total.records == 5)
    let lhasa = try #require(report.rows.first { $0.division.description == "540100" })
    #expect(lhasa.records == 3 && lhasa.children.map(\.records).reduce(0, +) == 2)
    #expect(report.own[lhasa.division]?.records == 1)
    let silent = report.silent.map(\.description)
    #expect(!silent.contains("540102") && silent.contains("540103"))
  }

  /// Counts as large as a record may hold add up without an end of the program.
  @Test func sumsBeyondSixtyFourBitsAreTaken() throws {
    let node = try region()
    for _ in 0..<3 { try add(node, "540100", [.set("participants", to: "999999999999999999")]) }
    for _ in 0..<12 { try add(node, "540100", [.set("participants", to: "900000000000000000")]) }
    let expected = Int128(999_999_999_999_999_999) * 3 + Int128(900_000_000_000_000_000) * 12
    #expect(try summary(node).total.figures["participants"] == expected)
  }

  /// What is read of a record for a few fields is what the whole record shows in them, touched since or not.
  @Test func someFieldsAreReadAsAllAre() throws {
    let node = try region()
    let more: [EditDraft.Operation] = [
      .set("notes", to: "备注"), .set("place", to: "城关区"), .set("participants", to: "7"),
      .set("trainees", to: "12"), .set("fee_charged", to: "3.5"), .set("co_organisers", to: "甲;乙"),
    ]
    try add(node, "540100", more)
    let edited = try add(node, "540200", more)
    _ = try node.edit(edited.description, operations: [.set("place", to: "别处")], operatorName: "")
    for wanted: Set<String> in [
      [], ["title"], ["trainees"], ["place", "notes"], ["plan_items", "fee_charged"],
      ["co_organisers", "date"],
    ] {
      try node.store.read { snapshot in
        var whole: [RecordID: RecordContent] = [:]
        try snapshot.forEachShown(RecordFilter()) { whole[$0.id] = $0.content }
        var seen = 0
        try snapshot.forEachShown(RecordFilter(), fields: wanted) { record in
          seen += 1
          for code in wanted {
            let value = record.content[code, in: record.kind]
            #expect(value != nil && value == whole[record.id]?[code, in: record.kind], "\(code)")
          }
        }
        #expect(seen == 2 && whole.count == 2)
      }
    }
  }

  /// Halves of hours make whole ones, in one division and in several.
  @Test func decimalsAreAddedAsTheyAre() throws {
    let text = String(decoding: BuiltInPack.yaml, as: UTF8.self)
      .replacing("  sums:\n", with: "  sums:\n    hours: [hours]\n")
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    let plan = folder.path + "/plan.yaml"
    try Data(text.utf8).write(to: URL(fileURLWithPath: plan))
    let node = try LocalNode.create(
      folder: folder.path + "/region", division: "540000", name: "自治区", isRegion: true, plan: plan)
    for division in ["540100", "540100", "540200"] {
      try add(node, division, [.set("hours", to: "0.5"), .set("trainees", to: "10")])
    }
    let report = try summary(node)
    let hours = try #require(report.figures.first { $0.name == "hours" })
    #expect(hours.isDecimal && !hours.isMoney)
    #expect(report.total.figures["hours"] == 150 && report.total.figures["participants"] == 30)
    #expect(report.rows.filter { $0.records > 0 }.map { $0.figures["hours"] } == [100, 50])
  }

  /// What the pack does not know is not passed over in silence.
  @Test func recordsOfUnknownKindsAreCounted() throws {
    let node = try region()
    try add(node, "540100")
    try add(node, "540200")
    let text = String(decoding: BuiltInPack.yaml, as: UTF8.self)
      .replacing(
        "  - code: training\n    label: [培训, Training]", with: "  - code: course\n    label: [课程, Course]")
    _ = try node.store.write { try $0.takeIssued(PackReader.read(Array(text.utf8)), text: Array(text.utf8)) }
    let scope = ReportScope(
      division: try code("540100"), from: CivilDate(days: 0), to: nil, at: node.surroundings.now())
    let report = try node.store.read { try SummaryReport($0, scope) }
    let frontier = try node.store.read { try Frontier($0, scope) }
    #expect(report.total.records == 0 && frontier.ofUnknownKinds == 1)
  }

  @Test func aRetiredDivisionCountsWhereItsPlaceWasTaken() throws {
    let pack = try PackReader.read(BuiltInPack.yaml)
    let homes = try DivisionHomes(pack.divisions, below: code("540000")).homes
    for division in pack.divisions.divisions {
      let home = try #require(homes[division.code], "\(division.code) is lost")
      #expect(pack.divisions[home]?.isInUse == true, "\(division.code) counts under \(home)")
    }
    #expect(try homes[code("542400")] == code("540600"))
    #expect(try DivisionHomes(pack.divisions, below: code("540100")).homes[code("540200")] == nil)
  }

  @Test func theFrontierNamesWhoWasNeverHeardOf() throws {
    let node = try region()
    _ = try node.invite(division: "540600", name: "那曲", days: 7, only: false, mayEnrol: false)
    let scope = ReportScope(
      division: node.facts.division, from: nil, to: nil, at: node.surroundings.now())
    let frontier = try node.store.read { try Frontier($0, scope) }
    #expect(frontier.neverHeardOf.map(\.name) == ["那曲"])
    #expect(frontier.offices.map(\.name) == ["自治区"])
    #expect(frontier.offices[0].isOwn && frontier.offices[0].holding.changes > 0)
  }
}
