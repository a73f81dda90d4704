import Campaign
import Ledger
import Reports
import Store

/// Records that bear a mark which has to be looked into.
struct ComplianceOutput: ReportOutput {
  private let context: ReportContext
  private let report: ComplianceReport
  private let rows: [JSON]
  private var words: Words { context.words }

  init(_ context: ReportContext, _ report: ComplianceReport) throws {
    self.context = context
    self.report = report
    rows = try RecordRows.json(report.rows.map(\.view), context)
  }

  var json: JSON { context.json(rows: rows) }

  var document: ReportDocument {
    var document = context.document(words("自愿与收费核查", "Fees and what was not voluntary"))
    document.highlights = [.init(words("需核查记录", "Records"), String(report.rows.count))]
    for (mark, records) in report.counts {
      document.highlights.append(
        .init(MarkWords(pack: context.pack, words: words).text(mark), String(records)))
    }
    document.parts =
      report.rows.isEmpty
      ? [.note(words("没有需要核查的记录。", "No record has to be looked into."))] : [.table(table)]
    return document
  }

  var sheets: [ReportTable] { [table] }

  private var table: ReportTable {
    var table = ReportTable(
      words("需核查的记录", "Records to be looked into"),
      [
        .init(words("编号", "ID")), .init(context.heading(.date)), .init(words("行政区划", "Division")),
        .init(words("类别", "Kind")), .init(context.heading(.title)), .init(context.heading(.organiser)),
      ] + report.counts.map { .init(heading($0.mark)) }, disputes: context.disputes)
    for row in report.rows {
      let kind = row.view.kind.map { context.label($0.label) } ?? ""
      table.add(
        [
          .init(row.view.id.description), context.cell(.date, row.view),
          .init(context.name(row.view.space.division)), .init(kind), context.cell(.title, row.view),
          context.cell(.organiser, row.view),
        ] + report.counts.map { value(of: $0.mark, row.view) })
    }
    return table
  }

  /// The field that a mark looks at.
  private func field(of mark: String, _ kind: Kind) -> Int? {
    kind.rules.lazy.compactMap { rule -> Int? in
      if case .mark(mark, let condition) = rule { condition.field } else { nil }
    }.first
  }

  private func heading(_ mark: String) -> String {
    for kind in context.pack.kinds {
      if let field = field(of: mark, kind) { return context.label(kind.fields[field].label) }
    }
    return mark
  }

  private func value(of mark: String, _ view: RecordView) -> ReportTable.Cell {
    guard let kind = view.kind, let content = view.content, let field = field(of: mark, kind) else {
      return ""
    }
    return ReportTable.Cell(
      context.display.text(content.effective(field: field, in: kind), of: kind.fields[field]),
      isDisputed: context.disputed(view).contains(view.code(ofCell: kind.cell(ofField: field))))
  }
}
