import Foundation
import Testing

/// Reports against the rows that they were made of, in every format.
@Suite(.offPool) struct ReportTests {
  private func store(_ ledger: ReportLedger) throws -> Workplace {
    let place = try Workplace()
    try ok("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    try ledger.write(to: place["ledger.csv"])
    let imported = try ok("import", place["ledger.csv"], "--store", place["region"]).object
    #expect(imported["imported"] as? Int == ledger.rows.count)
    return place
  }

  @discardableResult
  private func ok(_ arguments: String...) throws -> Program.Result {
    let result = try Program(arguments).finish()
    #expect(result.exitCode == 0, "\(arguments): \(result.err)")
    return result
  }

  private func text(_ arguments: String...) throws -> String {
    let result = try Program(arguments, json: false).finish()
    #expect(result.exitCode == 0, "\(arguments): \(result.err)")
    return result.out
  }

  private func expect(_ row: [String: Any], is rows: [[String: String]], _ what: String) {
    #expect(row["records"] as? Int == rows.count, "\(what)")
    #expect(row["items"] as? [String: Int] == ReportLedger.count("计划条目", rows), "\(what)")
    let kinds = [
      "培训": "training", "监督检查": "inspection", "执法案件": "enforcement", "投诉举报": "complaint", "开放日": "open_day",
    ]
    var expected: [String: Int] = [:]
    for (label, count) in ReportLedger.count("类别", rows) { expected[kinds[label]!] = count }
    #expect(row["kinds"] as? [String: Int] == expected, "\(what)")
    for (figure, columns) in [
      "participants": ["参与人数", "培训人数", "参观人数"], "checked": ["检查数"], "failed": ["不合格数"], "received": ["受理数"],
      "resolved": ["办结数"],
    ] {
      #expect(row[figure] as? Int == ReportLedger.sum(columns, rows), "\(figure) of \(what)")
    }
    #expect(row["cases"] as? Int == rows.count { $0["类别"] == "执法案件" }, "\(what)")
    #expect(row["fines"] as? String == ReportLedger.money("罚款金额", rows), "\(what)")
    #expect(row["disputed"] as? Int == 0, "\(what)")
  }

  @Test func totalsAreWhatTheRowsAddUpTo() throws {
    let ledger = ReportLedger(count: 400, seed: 11)
    let place = try store(ledger)
    let report = try ok("report", "summary", "--store", place["region"]).object
    expect(try #require(report["total"] as? [String: Any]), is: ledger.rows, "the total")
    let rows = try #require(report["rows"] as? [[String: Any]])
    #expect(rows.compactMap { $0["records"] as? Int }.reduce(0, +) == ledger.rows.count)
    for row in rows {
      let code = try #require(row["division"] as? String)
      let prefix = code == "540000" ? "540000" : String(code.prefix(4))
      expect(row, is: ledger.rows(below: prefix), code)
      for child in try #require(row["children"] as? [[String: Any]]) {
        let county = try #require(child["division"] as? String)
        expect(child, is: ledger.rows(below: county), county)
      }
    }
    let days = try #require(report["days"] as? [[String: Any]])
    let byDay = ReportLedger.count("日期", ledger.rows, separator: "\n")
    #expect(days.compactMap { $0["date"] as? String } == byDay.keys.sorted())
    #expect(days.compactMap { $0["records"] as? Int } == byDay.sorted { $0.key < $1.key }.map(\.value))
    #expect(report["period"] as? [String: String] == ["from": "2025-09-01", "to": "2025-09-30"])

    let part = try ok(
      "report", "summary", "--division", "拉萨市", "--from", "2025-09-05", "--to", "2025-09-20", "--store",
      place["region"]
    ).object
    expect(
      try #require(part["total"] as? [String: Any]), is: ledger.rows(below: "5401", days: 5...20), "拉萨市")
  }

  @Test func theSameStoreAndPeriodGiveTheSameBytes() throws {
    let place = try store(ReportLedger(count: 60, seed: 3))
    for report in ["summary", "submissions", "cases", "penalties", "compliance"] {
      for format in ["text", "csv", "html", "json"] {
        let call = ["report", report, "--format", format, "--lang", "zh", "--store", place["region"]]
        let first = try Program(call, json: false).finish()
        #expect(first.exitCode == 0, "\(call): \(first.err)")
        #expect(try Program(call, json: false).finish().out == first.out, "\(call)")
        let file = try Program(call + ["-o", place["out"]], json: false).finish()
        #expect(file.exitCode == 0 && file.out.isEmpty)
        #expect(FileManager.default.contents(atPath: place["out"]) == Data(first.out.utf8), "\(call)")
        if format == "json" {
          let object = try JSONSerialization.jsonObject(with: Data(first.out.utf8)) as? [String: Any]
          let frontier = object?["frontier"] as? [String: Any]
          #expect(frontier?["pack_version"] as? Int == 1, "\(report)")
          #expect((frontier?["offices"] as? [Any])?.count == 1, "\(report)")
        } else {
          #expect(first.out.contains("方案版本") && first.out.contains("自治区局"), "\(call)")
        }
      }
    }
  }

  @Test func whatCannotBeReportedIsSaid() throws {
    let place = try Workplace()
    try ok("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    for (arguments, code, exit): ([String], String, Int32) in [
      (["--division", "540200"], "outside-scope", 77), (["--division", "540000"], "outside-scope", 77),
      (["--division", "虚无县"], "unknown-division", 65), (["--division", "540221"], "outside-scope", 77),
      (["--from", "2025-09-30", "--to", "2025-09-01"], "reversed-period", 65),
      (["--from", "昨天"], "not-a-date", 65), (["--format", "pdf"], "usage", 64),
    ] {
      let result = try Program(["report", "summary", "--store", place["office"]] + arguments).finish()
      #expect(result.exitCode == exit && result.errorCode == code, "\(arguments): \(result.err)")
      #expect(result.out.isEmpty)
    }
    for division in ["540100", "城关区"] {
      try ok("report", "submissions", "--division", division, "--store", place["office"])
    }
    try ok("report", "cases", "--from", "2025-09-01", "--to", "2025-09-01", "--store", place["office"])
  }

  @Test func whoHandedInAndWhenAgainstTheDeadline() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    try add(place["office"], "summary", "title=总结", "date=2025-10-08", "body=全文", "submitted_on=2025-10-12")
    try add(place["office"], "typical_case", "title=甲", "date=2025-09-20", "category=safety", "body=正文一")
    try ok("office", "invite", "--division", "540600", "--name", "那曲市局", "--store", place["region"])
    try ok("sync", address, "--store", place["office"])
    let report = try ok("report", "submissions", "--store", place["region"]).object
    let rows = try #require(report["rows"] as? [[String: Any]])
    #expect(rows.compactMap { $0["office"] as? String } == ["拉萨市局", "那曲市局"])
    #expect(rows[0]["submitted_on"] as? String == "2025-10-12" && rows[0]["days_late"] as? Int == 3)
    #expect(rows[0]["typical_cases"] as? Int == 1 && rows[0]["last_sync"] is String)
    #expect(rows[0]["division"] as? String == "540100")
    #expect(rows[1]["submitted_on"] is NSNull && rows[1]["days_late"] is NSNull)
    #expect(rows[1]["typical_cases"] as? Int == 0 && rows[1]["last_sync"] is NSNull)
    let frontier = try #require(report["frontier"] as? [String: Any])
    let silent = try #require(frontier["never_heard_of"] as? [[String: Any]])
    #expect(silent.compactMap { $0["name"] as? String } == ["那曲市局"])
    // At the office itself: nothing is unsent after the sync, one change is after one record more.
    #expect(try own(place)["unsent"] as? Int == 0)
    try place.add("乙", to: "office")
    #expect(try own(place)["unsent"] as? Int == 1)
  }

  private func own(_ place: Workplace) throws -> [String: Any] {
    let report = try ok("report", "submissions", "--store", place["office"]).object
    let rows = try #require(report["rows"] as? [[String: Any]])
    return try #require(rows.first { $0["office"] as? String == "拉萨市局" })
  }

  @discardableResult
  private func add(_ store: String, _ kind: String, _ values: String...) throws -> String {
    var call = ["add", kind, "--store", store, "--set", "plan_items=4.4", "--set", "organiser=局"]
    for value in values { call += ["--set", value] }
    let added = try Program(call).finish()
    return try #require(added.object["id"] as? String, "\(added.err)")
  }

  @Test func casesPenaltiesAndComplianceHoldWhatTheyShould() throws {
    let place = try Workplace()
    try ok("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    let office = place["office"]
    try add(office, "typical_case", "title=后", "date=2025-09-01", "category=safety", "body=第一行\n第二行")
    try add(
      office, "typical_case", "title==1+1", "date=2025-09-20", "category=brand", "body=全文", "recommended=yes")
    let gone = try add(office, "typical_case", "title=删", "date=2025-09-02", "category=brand", "body=不见")
    try ok("delete", gone, "--store", office)
    let cases = try #require(try ok("report", "cases", "--store", office).object["rows"] as? [[String: Any]])
    #expect(cases.compactMap { ($0["fields"] as? [String: Any])?["title"] as? String } == ["=1+1", "后"])
    #expect(cases.allSatisfy { ($0["disputed"] as? [Any])?.isEmpty == true })
    let sheet = try text("report", "cases", "--format", "csv", "--lang", "zh", "--store", office)
    #expect(sheet.hasPrefix("\u{feff}编号,推荐,") && sheet.contains(",'=1+1,"))
    #expect(sheet.contains("\"第一行\n第二行\"") && !sheet.contains("不见"))

    try add(
      office, "enforcement", "title=案", "date=2025-09-03", "operation=iron_fist", "case_number=案1",
      "enterprise=甲公司", "violation=当事人电话13800138000", "fine=1200.5", "penalty=fine,warning",
      "decision_date=2025-09-04", "notes=内部")
    try add(
      office, "enforcement", "title=人", "date=2025-09-03", "operation=other", "case_number=案2",
      "violation=个人行为")
    try add(
      office, "inspection", "title=查", "date=2025-09-05", "object=food", "enterprise=乙公司", "checked=9",
      "failed=2")
    try add(
      office, "inspection", "title=好", "date=2025-09-05", "object=food", "enterprise=丙公司", "checked=9",
      "failed=0")
    let penalties = try ok("report", "penalties", "--store", office)
    let decisions = try #require(penalties.object["rows"] as? [[String: Any]])
    #expect(decisions.count == 1 && decisions[0]["case_number"] as? String == "案1")
    #expect(decisions[0]["fine"] as? String == "1200.50" && decisions[0]["confiscated"] is NSNull)
    #expect(decisions[0]["penalty"] as? [String] == ["fine", "warning"])
    #expect(decisions[0]["violation"] as? String == "当事人电话138********")
    #expect(!penalties.out.contains("内部") && !penalties.out.contains("个人行为"))
    let failed = try #require(penalties.object["inspections"] as? [[String: Any]])
    #expect(failed.compactMap { $0["enterprise"] as? String } == ["乙公司"] && failed[0]["failed"] as? Int == 2)

    try add(office, "training", "title=费", "date=2025-09-06", "topic=standards", "fee_charged=50")
    try add(office, "training", "title=强", "date=2025-09-07", "topic=standards", "voluntary=no")
    try add(office, "training", "title=可", "date=2025-09-08", "topic=standards")
    let marked = try #require(
      try ok("report", "compliance", "--store", office).object["rows"] as? [[String: Any]])
    #expect(marked.compactMap { $0["marks"] as? [String] } == [["fee_charged"], ["not_voluntary"]])
  }

  /// Two offices decide the same case at once: every report that shows it says so.
  @Test func disputedValuesAreMarked() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let id = try add(
      place["office"], "enforcement", "title=案", "date=2025-09-03", "operation=iron_fist", "case_number=案1",
      "enterprise=甲公司", "violation=事实", "fine=100")
    try ok("sync", address, "--store", place["office"])
    try ok("edit", id, "--set", "fine=200", "--store", place["office"])
    try ok("edit", id, "--set", "fine=300", "--store", place["region"])
    try ok("sync", address, "--store", place["office"])
    let summary = try ok("report", "summary", "--store", place["region"]).object
    #expect((summary["total"] as? [String: Any])?["disputed"] as? Int == 1)
    let frontier = summary["frontier"] as? [String: Any]
    #expect(frontier?["conflicts_open"] as? Int == 1)
    let rows = try #require(
      try ok("report", "penalties", "--store", place["region"]).object["rows"] as? [[String: Any]])
    #expect(rows.compactMap { $0["disputed"] as? [String] } == [["decision"]])
    let fine = try #require(rows[0]["fine"] as? String)
    for format in ["text", "csv", "html"] {
      let out = try text(
        "report", "penalties", "--format", format, "--lang", "zh", "--store", place["region"])
      // In a spreadsheet the number stays one, and what is disputed is named at the row's end.
      let shown =
        ["html": "\(fine)<strong class=\"disputed\">※</strong>", "csv": ",\(fine),"][format] ?? "\(fine)※"
      if format == "csv" { #expect(out.contains("罚款金额") && out.contains(";罚款金额;") && !out.contains("※")) }
      #expect(out.contains(shown), "\(format)")
      // The violation is not in dispute.
      #expect(!out.contains("事实※") && !out.contains("事实<strong"), "\(format)")
    }
    let candidates = try #require(
      try ok("conflicts", "--store", place["region"]).object["candidates"] as? [[String: Any]])
    #expect(candidates.count == 2)
    try ok("conflicts", "resolve", id, "decision", "--take", "1", "--store", place["region"])
    let settled = try text("report", "penalties", "--lang", "zh", "--store", place["region"])
    #expect(!settled.contains("※"))
  }
}
