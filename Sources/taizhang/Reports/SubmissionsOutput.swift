import Campaign
import Ledger
import Reports

/// Who has handed in, and when.
struct SubmissionsOutput: ReportOutput {
  private let context: ReportContext
  private let report: SubmissionsReport
  private var words: Words { context.words }

  init(_ context: ReportContext, _ report: SubmissionsReport) {
    self.context = context
    self.report = report
  }

  var json: JSON {
    context.json(
      rows: report.rows.map { row in
        .object([
          ("office", .string(row.office)), ("division", .string(row.division.description)),
          ("submitted_on", .optional(row.submittedOn?.description)),
          ("days_late", .optional(row.daysLate.map { Int64($0) })),
          ("typical_cases", .count(row.typicalCases)),
          ("last_sync", .optional(row.lastSync.map { Timestamp.text($0) })),
          ("record", .optional(row.summary?.description)),
          ("unsent", .optional(row.unsent.map { Int64($0) })),
          ("disputed", .strings(row.disputed)),
        ])
      }, [("deadline", .optional(report.deadline?.description))])
  }

  var document: ReportDocument {
    let (summary, cases) = (context.name(ofKind: .summaryKind), context.name(ofKind: .typicalCaseKind))
    var document = context.document(
      words("\(summary)和\(cases)报送情况", "Handed in: \(summary), \(cases)"))
    if let deadline = report.deadline {
      document.facts.append((words("报送期限", "Deadline"), deadline.description))
    }
    document.highlights = [
      .init(words("应报单位", "Offices"), String(report.rows.count)),
      .init(words("已报\(summary)", "\(summary): handed in"), String(report.handedIn)),
      .init(words("逾期", "Late"), String(report.late)),
      .init(cases, String(report.rows.reduce(0) { $0 + $1.typicalCases })),
    ]
    document.parts = [.table(table)]
    if !report.missing.isEmpty {
      let names = report.missing.map { context.name($0) }.joined(separator: words("、", ", "))
      document.parts.append(
        .note(words("尚无单位入网的区划：\(names)", "Divisions without an office here: \(names)")))
    }
    return document
  }

  var sheets: [ReportTable] { [table] }

  private var table: ReportTable {
    var table = ReportTable(
      words("各单位报送情况", "By office"),
      [
        .init(words("单位", "Office")), .init(words("行政区划", "Division")),
        .init(context.name(ofKind: .summaryKind)), .init(words("报送日期", "Handed in on")),
        .init(words("逾期天数", "Days late"), isNumber: true),
        .init(context.name(ofKind: .typicalCaseKind), isNumber: true),
        .init(words("最近同步（UTC）", "Last sync (UTC)")),
        .init(words("已知未送达", "Known to be unsent"), isNumber: true),
      ], disputes: context.disputes,
      note: words("逾期天数为负即提前。", "A negative number of days is so many days early."))
    for row in report.rows {
      let state =
        row.summary == nil
        ? words("未报", "missing")
        : row.summaries > 1 ? words("已报 \(row.summaries) 份", "\(row.summaries) copies") : words("已报", "here")
      table.add([
        .init(row.office), .init("\(context.name(row.division)) \(row.division)"),
        .init(state, isDisputed: !row.disputed.isEmpty || row.summaries > 1),
        .init(row.submittedOn?.description ?? "–"), .init(row.daysLate.map { String($0) } ?? "–"),
        .init(String(row.typicalCases)), .init(context.minute(row.lastSync)),
        .init(row.unsent.map { String($0) } ?? "–"),
      ])
    }
    return table
  }
}
