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
    var document = context.document(context.name(ofKind: .typicalCaseKind))
    document.highlights = [
      .init(words("案例", "Cases"), String(report.records.count)),
      .init(words("推荐", "Recommended"), String(report.recommended)),
    ]
    for (place, view) in report.records.enumerated() {
      let mark = place < report.recommended ? words("【推荐】", "[Recommended] ") : ""
      var facts: [(label: String, value: ReportTable.Cell)] = [
        (words("行政区划", "Division"), .init(context.name(view.space.division)))
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
      let kind = context.name(ofKind: .typicalCaseKind)
      document.parts.append(.note(words("没有\(kind)。", "Nothing of this kind: \(kind).")))
    }
    return document
  }

  var sheets: [ReportTable] {
    var table = ReportTable(
      "",
      [
        .init(words("编号", "ID")), .init(words("推荐", "Recommended")),
        .init(words("行政区划", "Division")),
      ]
        + ([.title] + CasesOutput.told + [.caseBody]).map { .init(context.heading($0, of: .typicalCaseKind)) },
      disputes: context.disputes)
    for (place, view) in report.records.enumerated() {
      let cells = ([.title] + CasesOutput.told + [.caseBody]).map { context.cell($0, view) }
      table.add(
        [
          .init(view.id.description),
          .init(place < report.recommended ? words("是", "yes") : words("否", "no")),
          .init(context.name(view.space.division)),
        ] + cells)
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
