import Campaign
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// A record that could not be brought along to another division, because more lives in it than one change can name: it is
/// named until it was entered anew.
@Suite(.serialized) struct UnplacedTests {
  private let offices: TestOffices

  init() throws { offices = try TestOffices() }

  /// An office that has moved on, and the record that it left behind.
  private func left() throws -> (office: LocalNode, id: String) {
    let office = try offices.office("540102", "城关区局")
    let id = try office.addTraining("留下的会")
    // Values that nothing takes off, of cells that no pack knows.
    for part in 0..<3 as Range<UInt32> {
      let writes = (0..<22_000 as Range<UInt32>).map {
        CellWrite(cell: 2000 + part * 22_000 + $0, content: .register(.integer(1)))
      }
      try office.writeOwn { commit in
        let view = try commit.snapshot.record(prefix: id)
        try office.append(
          to: view.space, operatorName: "", mutations: [Mutation(target: .id(view.id), writes: writes)],
          in: commit)
      }
    }
    try office.addTraining("带走的会")
    return (try offices.join(office, by: offices.region, into: "540121"), id)
  }

  private func unplaced(_ node: LocalNode) throws -> [String] {
    try node.status(division: nil).unplaced.map(\.id.description)
  }

  @Test(.timeLimit(.minutes(5))) func itIsNamedUntilItIsEnteredAnew() throws {
    let (office, id) = try left()
    #expect(office.facts.division == DivisionCode("540121"))
    #expect(try office.ids(titled: "带走的会").count == 1)
    #expect(try unplaced(office) == [id])
    // Another activity is not the same one entered anew.
    let other = try office.addTraining("别的会")
    #expect(try unplaced(office) == [id])
    // Linked with one that is held nowhere else, a record would count nowhere.
    do {
      _ = try office.pair(id, other, .link, operatorName: "")
      Issue.record("it was linked")
    } catch NodeError.heldHereAlone {}
    let anew = try office.addTraining("留下的会")
    #expect(try unplaced(office).isEmpty)
    // It is here as it was, and named again once the other is gone.
    #expect(try office.field(id, "title") == .single(.text("留下的会")))
    _ = try office.delete(anew, operatorName: "")
    #expect(try unplaced(office) == [id])
    #expect(try office.verify().problems.isEmpty)
  }

  // MARK: what is the same record, entered anew

  private func add(_ node: LocalNode, _ kind: String, _ division: String, _ values: [String: String]) throws
    -> RecordView
  {
    try node.add(
      kind: kind, division: division, isNotice: false,
      operations: [
        .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
        .set("organiser", to: values["organiser"] ?? "局"), .set("title", to: values["title"] ?? "题"),
      ]
        + values.filter { !["organiser", "title"].contains($0.key) }.sorted { $0.key < $1.key }.map {
          .set($0.key, to: $0.value)
        },
      operatorName: ""
    ).view
  }

  private func isEntered(_ view: RecordView, _ node: LocalNode, in division: String = "540103") throws -> Bool
  {
    try node.store.read { try $0.isEnteredAnew(view, in: [#require(DivisionCode(division))]) }
  }

  /// By its kind's identity fields, whatever else it says, in the divisions that are asked about.
  @Test func byItsIdentity() throws {
    let city = try offices.enrolled("540100", "拉萨市局")
    let view = try add(city, "training", "540102", ["topic": "standards", "place": "礼堂"])
    #expect(try !isEntered(view, city))
    for (division, values) in [
      ("540103", ["title": "另一题"]), ("540103", ["organiser": "处"]), ("540121", [:]), ("540102", [:]),
    ] {
      _ = try add(city, "training", division, values.merging(["topic": "standards"]) { $1 })
      #expect(try !isEntered(view, city), "\(division) \(values)")
    }
    _ = try add(city, "training", "540103", ["topic": "other", "place": "广场"])
    #expect(try isEntered(view, city))
  }

  /// What was there before the office was narrowed is another record, though it look the same.
  @Test func notByWhatWasThereBefore() throws {
    let city = try offices.enrolled("540100", "拉萨市局")
    let view = try add(city, "training", "540102", ["topic": "standards"])
    _ = try add(city, "training", "540103", ["topic": "standards"])
    #expect(try isEntered(view, city))
    try city.store.write { try $0.notePlacedHere() }
    #expect(try !isEntered(view, city))
    _ = try add(city, "training", "540103", ["topic": "standards"])
    #expect(try isEntered(view, city))
  }

  /// By the value that only one may have, though its title be another one; not by the title alone.
  @Test func byAValueThatOnlyOneMayHave() throws {
    let city = try offices.enrolled("540100", "拉萨市局")
    let rest = ["operation": "other", "violation": "无证"]
    func enter(_ division: String, _ values: [String: String]) throws -> RecordView {
      try add(city, "enforcement", division, rest.merging(values) { $1 })
    }
    let view = try enter("540102", ["case_number": "藏市监罚〔2025〕1号"])
    _ = try enter("540103", ["case_number": "藏市监罚〔2025〕2号"])
    _ = try enter("540121", ["case_number": "藏市监罚〔2025〕1号"])
    #expect(try !isEntered(view, city))
    _ = try enter("540103", ["case_number": "藏市监罚〔2025〕１号", "title": "改过的题"])
    #expect(try isEntered(view, city))
  }

  /// By the office, of what an office has one of.
  @Test func byTheOffice() throws {
    let city = try offices.enrolled("540100", "拉萨市局")
    let view = try add(city, "summary", "540102", ["body": "文"])
    _ = try add(offices.region, "summary", "540103", ["body": "文"])
    #expect(try !isEntered(view, city))
    _ = try add(city, "summary", "540103", ["title": "改过的题", "body": "改过的文"])
    #expect(try isEntered(view, city))
  }
}
