import Foundation
import TestSupport
import Testing

/// The page as a browser shows it.
@Suite(.offPool) struct ReportPageTests {
  private static let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// The page's document after the browser has read it.
  private func shown(_ page: String, _ profile: String) throws -> String {
    let arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(profile)", "--dump-dom",
      "file://\(page)",
    ]
    return try ChildProcess.run(try #require(ReportPageTests.browser), arguments).output
  }

  /// The texts of the cells of the row that begins with a heading, in the table that comes first.
  private func cells(_ heading: String, in document: String) -> [String] {
    for row in document.components(separatedBy: "<tr").dropFirst() {
      let cells = row.components(separatedBy: "</t").dropLast().compactMap { part in
        part.components(separatedBy: ">").last
      }
      if cells.first == heading { return cells }
    }
    return []
  }

  @Test(
    .enabled(
      if: ReportPageTests.browser != nil,
      "no Chromium on this machine: the page's text is checked by the other suites, its rendering is not"))
  func aBrowserShowsTheTotalsAndRunsNothing() throws {
    let ledger = ReportLedger(count: 150, seed: 5)
    let place = try Workplace()
    let region = place["region"]
    try Program.run("init", "--division", "540000", "--name", "区局<b>&", "--region", "--store", region)
    try ledger.write(to: place["ledger.csv"])
    try Program.run("import", place["ledger.csv"], "--store", region)
    for (language, total) in [("zh", "合计"), ("en", "Total")] {
      let page = place["report.html"]
      let made = try Program(
        ["report", "summary", "--format", "html", "--lang", language, "-o", page, "--store", region]
      ).finish()
      #expect(made.exitCode == 0, "\(made.err)")
      let document = try shown(page, place["profile"])
      #expect(document.contains("<html lang=\"\(language == "zh" ? "zh-CN" : "en")\">"))
      let row = cells(total, in: document)
      #expect(row.dropFirst().first == "\(ledger.rows.count)", "\(row)")
      #expect(row.contains(ReportLedger.money("罚款金额", ledger.rows)), "\(row)")
      let lhasa = cells("拉萨市", in: document)
      #expect(lhasa.dropFirst().first == "\(ledger.rows(below: "5401").count)", "\(lhasa)")
      #expect(document.components(separatedBy: "<svg").count == 3)
      // The name's markup is a text in the browser's tree too.
      #expect(document.contains("区局&lt;b&gt;&amp;") && !document.contains("<b>"))
    }
    // A script in a value does not run: it would change the page's title.
    let script = "<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">"
    try Program.run(
      "add", "typical_case", "--set", "title=\(script)", "--set", "date=2025-09-09", "--set",
      "plan_items=4.4",
      "--set", "organiser=局", "--set", "category=brand", "--set", "body=\(script)", "--store", region)
    try Program.run("report", "cases", "--format", "html", "-o", place["cases.html"], "--store", region)
    let document = try shown(place["cases.html"], place["profile"])
    #expect(document.contains("&lt;script&gt;") && !document.contains("<title>ran</title>"))
  }

  /// All five, in both languages: the browser finds every table and the figures that stand on top.
  @Test(
    .enabled(
      if: ReportPageTests.browser != nil,
      "no Chromium on this machine: the pages' text is checked by the other suites, their rendering is not"))
  func aBrowserShowsEveryReport() throws {
    let ledger = ReportLedger(count: 120, seed: 6)
    let place = try Workplace()
    let region = place["region"]
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", region)
    try ledger.write(to: place["ledger.csv"])
    try Program.run("import", place["ledger.csv"], "--store", region)
    for (kind, more) in [
      ("typical_case", ["category=brand", "body=正文"]), ("summary", ["body=总结", "submitted_on=2025-10-12"]),
      ("open_day", ["institution=检测中心", "fee_charged=20"]),
    ] {
      let values = ["title=末", "date=2025-09-09", "plan_items=3.6", "organiser=局"] + more
      let added = try Program(["add", kind, "--store", region] + values.flatMap { ["--set", $0] }).finish()
      #expect(added.exitCode == 0, "\(added.err)")
    }
    let decisions = ledger.rows.filter { row in
      row["类别"] == "执法案件"
        && ["决定日期", "处罚种类", "罚款金额", "没收金额"].contains { !(row[$0] ?? "").isEmpty }
    }
    let failed = ledger.rows.filter { (Int($0["不合格数"] ?? "") ?? 0) > 0 }.count
    let fines = ReportLedger.money("罚款金额", decisions)
    let tops: [(report: String, tables: Int, figures: [(zh: String, en: String, value: String)])] = [
      ("summary", 5, [("记录", "Records", "\(ledger.rows.count + 3)"), ("罚款金额（元）", "Fine (CNY)", fines)]),
      ("submissions", 2, [("已报活动总结", "Summary: handed in", "1"), ("逾期", "Late", "1")]),
      ("cases", 1, [("案例", "Cases", "1")]),
      (
        "penalties", 3,
        [
          ("处罚决定", "Decisions", "\(decisions.count)"), ("罚款金额（元）", "Fine (CNY)", fines),
          ("不合格检查", "Failed inspections", "\(failed)"),
        ]
      ),
      ("compliance", 2, [("收费金额 &gt; 0.00", "Fee charged &gt; 0.00", "1")]),
    ]
    for (report, tables, figures) in tops {
      for language in ["zh", "en"] {
        try Program.run(
          "report", report, "--format", "html", "--lang", language, "-o", place["page.html"], "--store",
          region)
        let document = try shown(place["page.html"], place["profile"])
        #expect(document.components(separatedBy: "<table").count == tables + 1, "\(report) \(language)")
        for figure in figures {
          let label = language == "zh" ? figure.zh : figure.en
          #expect(
            document.contains("<dt>\(label)</dt><dd>\(figure.value)</dd>"),
            "\(report): \(label) \(figure.value)")
        }
      }
    }
  }
}
