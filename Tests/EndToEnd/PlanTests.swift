import Foundation
import Testing

/// The region's pack is imported, becomes the next version, and reaches offices by sync; a bad one changes nothing.
@Suite(.offPool) struct PlanTests {
  private func exported(_ place: Workplace, _ store: String) throws -> String {
    try Program.run("plan", "export", "-o", place["pack.yaml"], "--store", place[store])
    return try String(contentsOfFile: place["pack.yaml"], encoding: .utf8)
  }

  private func write(_ text: String, _ place: Workplace, _ name: String = "next.yaml") throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: place[name]))
    return place[name]
  }

  private func version(_ place: Workplace, _ store: String) throws -> Int? {
    try Program.run("plan", "show", "--store", place[store]).object["version"] as? Int
  }

  @Test func theNextVersionReachesOfficesAndOldRecordsStayEditable() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let region = place["region"]
    let office = place["office"]
    let old = try place.add("旧版所录", to: "office")
    let text = try exported(place, "region")
    let same = try Program.run("plan", "import", place["pack.yaml"], "--store", region)
    #expect(same.exitCode == 0 && same.object["version"] as? Int == 1, "\(same.err)")

    let next = text.replacingOccurrences(
      of: "      - {number: 23, code: hours,",
      with:
        "      - {number: 60, code: venue, label: [会场, Venue], type: text}\n      - {number: 23, code: hours,"
    )
    #expect(next != text)
    let imported = try Program.run("plan", "import", try write(next, place), "--store", region)
    #expect(imported.exitCode == 0 && imported.object["version"] as? Int == 2, "\(imported.err)")
    let refused = try Program.run("plan", "import", place["next.yaml"], "--store", office)
    #expect(refused.exitCode == 77 && refused.errorCode == "may-not-issue-packs", "\(refused.err)")
    #expect(try version(place, "office") == 1)
    #expect(try Program.run("sync", address, "--store", office).exitCode == 0)
    #expect(try version(place, "office") == 2)

    let edited = try Program.run("edit", old, "--set", "会场=礼堂", "--set", "title=新版所改", "--store", office)
    #expect((edited.object["fields"] as? [String: Any])?["venue"] as? String == "礼堂", "\(edited.err)")
    #expect(try Program.run("search", "礼堂", "--store", office).objects.count == 1)
    #expect(try Program.run("sync", address, "--store", office).exitCode == 0)
    #expect(try place.titles(in: "region") == ["新版所改"])

    // A number that goes to another field would make the old values mean something else.
    let other = next.replacingOccurrences(
      of: "code: venue, label: [会场, Venue]", with: "code: hall, label: [大厅, Hall]")
    let wrong = try Program.run("plan", "import", try write(other, place), "--lang", "en", "--store", region)
    #expect(wrong.exitCode == 65 && wrong.errorCode == "plan-incompatible", "\(wrong.err)")
    #expect(wrong.err.contains("number 60 was venue"), "\(wrong.err)")
    #expect(try version(place, "region") == 2)
    for store in [region, office] { #expect(try Program.run("verify", "--store", store).exitCode == 0) }
    server.kill(SIGTERM)
    _ = server.finish()
  }

  @Test func thePackIsShownWithWhatEachFieldTakes() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    let pack = try Program.run("plan", "show", "--lang", "en", "--store", place["office"]).object
    #expect(pack["document"] as? String == "藏质标办〔2025〕1号" && pack["deadline"] as? String == "2025-10-09")
    #expect((pack["slogans"] as? [String])?.count == 10)
    let kinds = try #require(pack["kinds"] as? [[String: Any]])
    func field(_ kind: String, _ code: String) -> [String: Any]? {
      let fields = kinds.first { $0["code"] as? String == kind }?["fields"] as? [[String: Any]]
      return fields?.first { $0["code"] as? String == code }
    }
    let penalty = try #require(field("enforcement", "penalty"))
    #expect(penalty["type"] as? String == "set(penalties)" && penalty["group"] as? String == "decision")
    let choices = (penalty["choices"] as? [[String: Any]])?.map { $0["label"] as? String }
    #expect(choices == ["Warning", "Fine", "Confiscation", "Suspension", "Revocation"])
    #expect(field("training", "voluntary")?["default"] as? String == "yes")
    #expect(field("training", "trainees")?["type"] as? String == "tally")
    let shown = try Program(["plan", "show", "--lang", "zh", "--store", place["office"]], json: false)
      .finish().out
    for line in ["主题：加强全面质量管理 促进质量强国建设", "  人人创造质量 人人享受质量", "  4.1.d  电梯安全宣传周", "报送截止：2025-10-09"] {
      #expect(shown.contains(line + "\n"), "\(line)")
    }
  }

  @Test func aBadPackIsToldByItsLineAndChangesNothing() throws {
    let place = try Workplace()
    let region = place["region"]
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", region)
    let text = try exported(place, "region")
    let changes = try Program.run("status", "--store", region).object["changes"] as? Int
    let first = text.components(separatedBy: "\nformat: ")[0].count { $0 == "\n" } + 2
    let cases = [
      ("parent: 540100, from: 1983}", "parent: 540199, from: 1983}", "540199"),
      (
        "code: 540100, name: 拉萨市, level: prefecture, parent: 540000",
        "code: 540100, name: 拉萨市, level: prefecture, parent: 540102", "540100"
      ),
      ("  - code: training\n", "  - code: publicity\n", "publicity"),
      ("not_before: [end_date, date]", "not_before: [end_day, date]", "end_day"),
      ("    date: [date]", "    date: [title]", "title"),
      ("format: 1", "format: 1\n\tbad: [", "YAML"),
      ("version: 1", "", "version"),
    ]
    for (from, to, told) in cases {
      guard let range = text.range(of: from) else {
        Issue.record("\(from) is not in the pack")
        continue
      }
      let line = text[..<range.lowerBound].count { $0 == "\n" } + 1
      let bad = try write(text.replacingCharacters(in: range, with: to), place)
      let result = try Program.run("plan", "import", bad, "--lang", "en", "--store", region)
      #expect(result.exitCode == 65 && result.errorCode == "bad-plan", "\(to): \(result.err)")
      #expect(result.err.contains(told), "\(to): \(result.err)")
      // What is missing altogether is told of the line where the pack begins; what a parser trips over, of the one that it reached.
      let lines = to.isEmpty ? [first] : to.contains("bad: [") ? [line, line + 1, line + 2] : [line]
      #expect(
        lines.contains { result.err.contains("line \($0): ") }, "\(to), line \(line): \(result.err)")
    }
    try Data([0x7f, 0x45, 0x4c, 0x46, 0, 0xff, 0xfe]).write(to: URL(fileURLWithPath: place["binary"]))
    let binary = try Program.run("plan", "import", place["binary"], "--store", region)
    #expect(binary.exitCode == 65 && binary.errorCode == "bad-plan", "\(binary.err)")
    #expect(try Program.run("plan", "import", place["none"], "--store", region).exitCode == 66)
    #expect(try version(place, "region") == 1)
    #expect(try Program.run("status", "--store", region).object["changes"] as? Int == changes)
  }

  /// Another regulator in another country: nothing of it stands in this program.
  private static let restaurants = """
    # Restaurant inspections of a made-up city.
    format: 1
    lineage: riverside-restaurants
    version: 1
    title: Riverside restaurant inspections
    period: {from: 2026-01-01, to: 2026-12-31}
    items:
      A: Routine visits
      A.1: Kitchens
      B: Visits after complaints
    lists:
      grades: {a: Excellent, b: Good, c: Poor}
    columns: {id: [Ref], division: [Borough], kind: [Form]}
    common:
      fields:
        - {number: 1, code: name, label: Restaurant, type: text, required: yes}
        - {number: 2, code: visited, label: Visited on, type: date, required: yes}
        - {number: 3, code: programme, label: Programme, type: set(plan_items)}
        - {number: 4, code: inspector, label: Inspector, type: text}
        - {number: 5, code: address, label: Address, type: text}
    kinds:
      - code: visit
        label: Visit
        identity: [name, visited]
        fields:
          - {number: 10, code: grade, label: Grade, type: code(grades), required: yes, import_default: c}
          - {number: 11, code: guests, label: Guests, type: tally}
        groups:
          - number: 12
            code: plates
            label: Plates
            fields:
              - {number: 13, code: tested, label: Plates tested, type: integer, min: 0}
              - {number: 14, code: dirty, label: Plates dirty, type: integer, min: 0}
        rules:
          - not_greater: [dirty, tested]
      - code: closure
        label: Closure
        fields:
          - {number: 10, code: permit, label: Permit, type: text, required: yes}
        rules:
          - unique: [permit]
    reports:
      sums: {guests: [guests], tested: [tested]}
      counts: {closures: [closure]}
      roles: {title: [name], date: [visited], items: [programme], organiser: [inspector], place: [address]}
    levels: {city: City, borough: Borough}
    divisions:
      - {code: RIV, name: Riverside, level: city}
      - {code: RIV-N, name: North, level: borough, parent: RIV}
      - {code: RIV-S, name: South, level: borough, parent: RIV}
    """

  @Test func anotherCampaignAltogether() throws {
    let place = try Workplace()
    let pack = try write(PlanTests.restaurants, place, "restaurants.yaml")
    let region = place["region"]
    // The region that was made for another campaign and holds nothing becomes this one's.
    try Program.run("init", "--division", "540000", "--name", "City Health", "--region", "--store", region)
    let imported = try Program.run("plan", "import", pack, "--store", region)
    #expect(imported.exitCode == 0, "\(imported.err)")
    #expect(imported.object["lineage"] as? String == "riverside-restaurants")
    #expect(imported.object["version"] as? Int == 2)
    #expect(try Program.run("status", "--store", region).object["division"] as? String == "RIV")

    let (server, address) = try place.served()
    for (store, division) in [("north", "RIV-N"), ("south", "RIV-S")] {
      let made = try Program.run(
        "init", "--division", division, "--name", store, "--plan", pack, "--store", place[store])
      #expect(made.exitCode == 0, "\(made.err)")
      try place.join(store, division: division, name: store, at: address)
    }
    let ledger = try write(
      """
      Form,Restaurant,Visited on,Programme,Inspector,Address,Grade,Guests,Plates tested,Plates dirty
      Visit,Golden Spoon,2026-03-02,A.1,Ada,1 River Street,Good,40,20,3
      Visit,Blue Door,2026-03-03,A,Ada,9 Hill Road,Excellent,25,10,0
      Visit,Rusty Fork,2026-03-04,B,Ada,2 Mill Lane,Poor,10,5,6
      """, place, "north.csv")
    let counts = try Program.run("import", ledger, "--store", place["north"])
    #expect(counts.exitCode == 1 && counts.object["imported"] as? Int == 2, "\(counts.err)")
    let set = { (values: [String]) in values.flatMap { ["--set", $0] } }
    let twice = set([
      "name=The Golden Spoon", "visited=2026-03-02", "inspector=Bo", "address=1 River Street", "grade=b",
      "guests=40",
    ])
    #expect(try Program(["add", "visit", "--store", place["south"]] + twice).finish().exitCode == 0)
    for store in ["north", "south"] {
      let closed = try Program.run(
        "add", "closure", "--set", "name=Mouse Trap", "--set", "visited=2026-04-01", "--set", "permit=P-7",
        "--store",
        place[store])
      #expect(closed.exitCode == 0, "\(closed.err)")
    }
    // One by network, one by stick.
    #expect(try Program.run("sync", address, "--store", place["south"]).exitCode == 0)
    #expect(try version(place, "south") == 2)
    try Program.run("bundle", "create", "-o", place["north.tzb"], "--store", place["north"])
    let merged = try Program.run("merge", place["north.tzb"], "--store", region)
    #expect(merged.exitCode == 0, "\(merged.err)")
    #expect(merged.object["conflicts_open"] as? Int == 2)
    #expect((merged.object["duplicates_suspected"] as? Int ?? 0) >= 1)
    let total =
      try Program.run("report", "summary", "--store", region).object["total"] as? [String: Any]
    #expect(total?["records"] as? Int == 5)
    #expect(
      total?["guests"] as? Int == 105 && total?["tested"] as? Int == 30 && total?["closures"] as? Int == 2)
    #expect((total?["items"] as? [String: Any])?["A.1"] as? Int == 1)
    // Nothing of the campaign that comes with the program is said of this one.
    for report in ["summary", "submissions", "penalties"] {
      let text = try Program(["report", report, "--lang", "en", "--store", region], json: false).finish().out
      #expect(!text.isEmpty && !text.contains("CNY") && !text.lowercased().contains("county"), "\(text)")
    }
    let shown = try Program.run("plan", "show", "--store", region).object
    #expect((shown["divisions"] as? [[String: Any]])?.contains { $0["code"] as? String == "RIV-N" } == true)
    #expect((shown["lists"] as? [[String: Any]])?.first?["name"] as? String == "grades")
    let visit = (shown["kinds"] as? [[String: Any]])?.first { $0["code"] as? String == "visit" }
    #expect((visit?["rules"] as? [[String: Any]])?.isEmpty == false && visit?["groups"] is [Any])
    server.kill(SIGTERM)
    _ = server.finish()
  }

  @Test func anotherCampaignNeedsARegionWithoutRecords() throws {
    let place = try Workplace()
    let region = place["region"]
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", region)
    try place.add("已有记录", to: "region")
    let pack = try write(PlanTests.restaurants, place)
    let refused = try Program.run("plan", "import", pack, "--store", region)
    #expect(refused.exitCode == 65 && refused.errorCode == "plan-incompatible", "\(refused.err)")
    #expect(try place.titles(in: "region") == ["已有记录"])
    let bad = try write("format: 1\n", place, "bad.yaml")
    let made = try Program.run(
      "init", "--division", "RIV", "--name", "x", "--plan", bad, "--store", place["new"])
    #expect(made.exitCode == 65 && !FileManager.default.fileExists(atPath: place["new"]), "\(made.err)")
  }

  /// A plan that came with the store is not said to count no more because another was issued, whatever their numbers.
  @Test(arguments: [1, 2, 7]) func aPlanOfTheStoresOwnGivesWayInWordsOfItsOwn(_ own: Int) throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let text = try exported(place, "region")
    let next = text.replacingOccurrences(of: "label: [地点, Place]", with: "label: [场所, Place]")
    try place.run("plan", "import", try write(next, place), in: "region")
    let given = text.replacingOccurrences(of: "version: 1\n", with: "version: \(own)\n")
      .replacingOccurrences(of: "label: [地点, Place]", with: "label: [处所, Place]")
    try place.run(
      "init", "--division", "540200", "--name", "日喀则市局", "--plan", try write(given, place, "own.yaml"),
      in: "own")
    try place.join("own", division: "540200", name: "日喀则市局", at: address)
    let synced = try Program(["sync", address, "--lang", "zh", "--store", place["own"]]).finish()
    let change = synced.object["plan_change"] as? [String: Any]
    #expect(change?["from"] as? Int == own && change?["to"] as? Int == 2, "\(synced.out)")
    #expect(synced.err.contains("》第 2 版，不再用建库时所带的《"), "\(synced.err)")
    #expect(synced.err.contains("》第 \(own) 版：") && !synced.err.contains("不再计入"), "\(synced.err)")
  }
}
