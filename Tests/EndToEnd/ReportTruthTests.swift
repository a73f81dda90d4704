import Foundation
import Testing

/// Reports say what is so: of cases that are not decided, of persons, of marks, of dates that are far off.
@Suite(.offPool) struct ReportTruthTests {
  private func office() throws -> Workplace {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    return place
  }

  @discardableResult
  private func add(_ place: Workplace, _ kind: String, _ values: String...) throws -> String {
    var call = [
      "add", kind, "--store", place["office"], "--set", "plan_items=4.4", "--set", "organiser=局", "--set",
      "title=题",
    ]
    for value in values { call += ["--set", value] }
    let added = try Program(call).finish()
    return try #require(added.object["id"] as? String, "\(added.err)")
  }

  private func report(_ place: Workplace, _ arguments: String...) throws -> Program.Result {
    let call = ["report"] + arguments + ["--lang", "zh", "--store", place["office"]]
    let result = try Program(call, json: !arguments.contains("--format")).finish()
    #expect(result.exitCode == 0, "\(arguments): \(result.err)")
    return result
  }

  @Test func aCaseWithoutADecisionIsNotPublishedAndNoNumberOfAPersonIs() throws {
    let place = try office()
    let common = ["date=2025-09-03", "operation=iron_fist"]
    try add(place, "enforcement", common[0], common[1], "case_number=案1", "enterprise=甲", "violation=立案调查")
    try add(
      place, "enforcement", common[0], common[1], "case_number=案2-138 0013 8000",
      "enterprise=张三+8613800138000", "violation=电话１３８-００１３-８０００", "fine=0")
    let result = try report(place, "penalties")
    let rows = try #require(result.object["rows"] as? [[String: Any]])
    #expect(rows.count == 1 && rows[0]["violation"] as? String == "电话１３８-****-****", "\(result.out)")
    #expect(rows[0]["enterprise"] as? String == "张三+86138********")
    #expect(rows[0]["case_number"] as? String == "案2-138 **** ****")
    let page = try report(place, "penalties", "--format", "text").out
    #expect(page.contains("另有 1 件尚未作出决定") && page.contains("罚款金额（元）"), "\(page)")
  }

  /// What only a person may settle is marked, also where no field has several values.
  @Test func aNumberThatIsThereTwiceIsDisputed() throws {
    let place = try office()
    for name in ["甲", "乙"] {
      try add(
        place, "enforcement", "date=2025-09-03", "operation=iron_fist", "case_number=案1",
        "enterprise=\(name)",
        "violation=x", "penalty=fine", "fine=1")
    }
    let result = try report(place, "penalties")
    let rows = try #require(result.object["rows"] as? [[String: Any]])
    #expect(rows.map { $0["disputed"] as? [String] } == [["case_number"], ["case_number"]], "\(result.out)")
    #expect(try report(place, "penalties", "--format", "text").out.contains("案1※"))
    let total = try #require(try report(place, "summary").object["total"] as? [String: Any])
    #expect(total["disputed"] as? Int == 2)
    let shown = try Program(["list", "--store", place["office"]]).finish()
    #expect(shown.objects.map { $0["disputed"] as? [String] } == [["case_number"], ["case_number"]])
  }

  @Test func aMarkIsCalledByWhatItSays() throws {
    let place = try office()
    let id = try add(place, "training", "date=2025-09-06", "topic=standards", "voluntary=no")
    try add(place, "training", "date=2025-09-06", "topic=standards", "fee_charged=3")
    let text = try report(place, "compliance", "--format", "text").out
    #expect(text.contains("自愿参加 = 否 1") && text.contains("收费金额 > 0.00 1"), "\(text)")
    #expect(text.contains(id), "\(text)")
    // A county's report is its own, whoever made the plan.
    let page = try report(place, "compliance", "--format", "html").out
    #expect(page.contains("<p class=\"issuer\">拉萨市局</p>") && page.contains("方案文号"))
  }

  @Test func aDateThatIsFarOffDoesNotStretchThePeriod() throws {
    let place = try office()
    try add(place, "training", "date=1925-09-10", "topic=standards")
    try add(place, "training", "date=2025-10-03", "topic=standards")
    let result = try report(place, "summary").object
    #expect(result["period"] as? [String: String] == ["from": "2025-09-01", "to": "2025-10-03"])
    #expect((result["total"] as? [String: Any])?["records"] as? Int == 2)
    let page = try report(place, "summary", "--format", "html").out
    #expect(page.utf8.count < 100_000 && page.contains("1 条记录的日期不在上述期间"))
    // Asked for, a century is drawn with no more points than a line can show.
    let century = try report(
      place, "summary", "--from", "1925-01-01", "--to", "2025-12-31", "--format", "html")
    #expect(century.out.utf8.count < 100_000)
    // An end before the campaign's beginning, or the other way round, is no period that runs backwards.
    for (option, day) in [("--to", "2024-01-01"), ("--from", "2026-06-01")] {
      let period = try #require(
        try report(place, "summary", option, day).object["period"] as? [String: String])
      #expect(try #require(period["from"]) <= #require(period["to"]), "\(period)")
    }
  }

  @Test func aSpreadsheetHasEachColumnOnce() throws {
    let place = try office()
    let sheet = try report(place, "summary", "--format", "csv").out
    let header = sheet.split(separator: "\r\n")[0].split(separator: ",")
    #expect(Set(header).count == header.count, "\(header)")
  }

  /// Invitations that ran out or were made good, computers that were revoked or replaced: each office once.
  @Test func onlyOfficesThatAreThereOweASummary() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let region = place["region"]
    /// - Parameter ago: how many seconds ago, by the region's clock.
    func invite(_ division: String, _ name: String, ago: Int = 0) throws {
      let invited = try Program(
        ["office", "invite", "--division", division, "--name", name, "--days", "7", "--store", region],
        environment: Program.clock(ahead: -ago)
      ).finish()
      #expect(invited.exitCode == 0, "\(invited.err)")
    }
    try invite("540600", "那曲市局", ago: 8 * 86_400)
    try invite("540200", "日喀则市局")
    try invite("540100", "拉萨市局")
    try place.join("spare", division: "540100", name: "拉萨市局", at: address)
    try place.join("stolen", division: "540300", name: "昌都市局", at: address)
    try Program.run("office", "revoke", "昌都市局", "--store", region)
    let report = try Program.run("report", "submissions", "--store", region).object
    let rows = try #require(report["rows"] as? [[String: Any]])
    #expect(rows.compactMap { $0["office"] as? String } == ["拉萨市局", "日喀则市局"], "\(rows)")
    let frontier = try #require(report["frontier"] as? [String: Any])
    let silent = frontier["never_heard_of"] as? [[String: Any]] ?? []
    #expect(!silent.contains { $0["name"] as? String == "那曲市局" }, "\(silent)")
  }
}
