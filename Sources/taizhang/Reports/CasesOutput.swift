import Campaign
import Ledger
import Reports
import Store

/// The typical cases, ready to be sent on.
struct CasesOutput: ReportOutput {
  private let context: ReportContext
  private let report: CasesReport
  private let rows: [JSON]
  private var words: Words { context.words }

  /// What is told of a case beside its title and its text.
  private static let told: [ReportRole] = [.caseCategory, .organiser, .partners, .date, .place]

  init(_ context: ReportContext, _ report: CasesReport) throws {
    self.context = context
    self.report = report
    rows = try RecordRows.json(report.records, context)
  }

  var json: JSON { context.json(rows: rows) }

  var document: ReportDocument {
    var document = context.document(words("典型案例", "Typical cases"))
    document.highlights = [
      .init(words("案例", "Cases"), String(report.records.count)),
      .init(words("推荐", "Recommended"), String(report.recommended)),
    ]
    for (place, view) in report.records.enumerated() {
      let mark = place < report.recommended ? words("【推荐】", "[Recommended] ") : ""
      var facts: [(label: String, value: ReportTable.Cell)] = [
        (words("区划", "Division"), .init(context.name(view.space.division)))
      ]
      for role in CasesOutput.told {
        let cell = context.cell(role, view)
        if !cell.text.isEmpty { facts.append((context.heading(role, of: .typicalCaseKind), cell)) }
      }
      let title = context.cell(.title, view)
      document.parts.append(
        .article(
          .init(
            "\(place + 1). \(mark)\(title.marked)", facts: facts, body: context.cell(.caseBody, view))))
    }
    if report.records.isEmpty {
      document.parts.append(.note(words("没有典型案例。", "There are no typical cases.")))
    }
    return document
  }

  var sheets: [ReportTable] {
    var table = ReportTable(
      "",
      [.init("ID"), .init(words("推荐", "Recommended")), .init(words("区划", "Division"))]
        + ([.title] + CasesOutput.told + [.caseBody]).map { .init(context.heading($0, of: .typicalCaseKind)) }
        + [.init(words("有争议", "Disputed"))])
    for (place, view) in report.records.enumerated() {
      let cells = ([.title] + CasesOutput.told + [.caseBody]).map { context.cell($0, view) }
      table.add(
        [
          .init(view.id.description),
          .init(place < report.recommended ? words("是", "yes") : words("否", "no")),
          .init(context.name(view.space.division)),
        ] + cells + [.init(view.disputed.joined(separator: ";"))])
    }
    return [table]
  }
}

/// Whole records as JSON, in the shape that `show` gives.
enum RecordRows {
  static func json(_ views: [RecordView], _ context: ReportContext) throws -> [JSON] {
    let output = try RecordOutput(context.snapshot, words: context.words)
    return try views.map { try output.json($0, context.snapshot) }
  }
}
