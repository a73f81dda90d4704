import Campaign
import Ledger
import Reports
import Store

/// What is published under the enterprises' names.
struct PenaltiesOutput: ReportOutput {
  private let context: ReportContext
  private let report: PenaltiesReport
  private var words: Words { context.words }

  init(_ context: ReportContext, _ report: PenaltiesReport) {
    self.context = context
    self.report = report
  }

  var json: JSON {
    context.json(
      rows: report.decisions.map { row in
        .object([
          ("enterprise", .optional(row.enterprise)), ("credit_code", .optional(row.creditCode)),
          ("case_number", .optional(row.caseNumber)), ("violation", .optional(row.violation)),
          ("penalty", .strings(row.penalty)), ("fine", .optional(row.fine.map(Hundredths.text))),
          ("confiscated", .optional(row.confiscated.map(Hundredths.text))),
          ("decision_date", .optional(row.decisionDate?.description)),
          ("disclose_until", .optional(row.discloseUntil?.description)),
          ("disputed", .strings(row.disputed)),
        ])
      }, [("inspections", .array(report.inspections.map(json)))])
  }

  private func json(_ row: PenaltiesReport.Inspection) -> JSON {
    .object([
      ("enterprise", .optional(row.enterprise)), ("credit_code", .optional(row.creditCode)),
      ("title", .optional(row.title)), ("date", .optional(row.date?.description)),
      ("checked", .optional(row.checked)), ("failed", .number(row.failed)),
      ("disputed", .strings(row.disputed)),
    ])
  }

  var document: ReportDocument {
    var document = context.document(
      words("涉企行政处罚和抽检公示信息", "Penalties and failed inspections for publication"))
    let codes = Set(report.decisions.map { $0.creditCode ?? $0.enterprise ?? "" })
    document.highlights = [
      .init(words("处罚决定", "Decisions"), String(report.decisions.count)),
      .init(words("涉及企业", "Enterprises"), String(codes.count)),
      .init(
        context.heading(.fine, of: .penaltyKind) + context.currency,
        Hundredths.text(report.decisions.reduce(0) { $0 + ($1.fine ?? 0) })),
      .init(words("不合格检查", "Failed inspections"), String(report.inspections.count)),
    ]
    document.parts = [.table(decisions), .table(inspections)]
    document.isWide = true
    if report.nameless > 0 {
      document.parts.append(
        .note(
          words(
            "另有 \(report.nameless) 条记录未写明企业，涉及个人信息，不列入。",
            "Left out because no enterprise is named, so that a person is concerned: \(Words.counted(report.nameless, "record"))."
          )))
    }
    if report.undecided > 0 {
      document.parts.append(
        .note(
          words(
            "另有 \(report.undecided) 件尚未作出决定，不列入。",
            "\(report.undecided) cases have no decision yet and are left out.")))
    }
    return document
  }

  var sheets: [ReportTable] { [decisions, inspections] }

  private var decisions: ReportTable {
    let roles: [ReportRole] = [
      .enterprise, .enterpriseCode, .caseNumber, .violation, .penalty, .fine, .confiscated, .decisionDate,
      .discloseUntil,
    ]
    var table = ReportTable(
      words("行政处罚决定", "Decisions"),
      roles.map { .init(context.heading($0, of: .penaltyKind), isNumber: $0 == .fine || $0 == .confiscated) },
      disputes: context.disputes)
    for row in report.decisions {
      func cell(_ role: ReportRole, _ text: String?) -> ReportTable.Cell {
        ReportTable.Cell(text ?? "", isDisputed: isDisputed(role, row.disputed, of: .penaltyKind))
      }
      table.add([
        cell(.enterprise, row.enterprise), cell(.enterpriseCode, row.creditCode),
        cell(.caseNumber, row.caseNumber), cell(.violation, row.violation),
        cell(.penalty, row.penalty.map(penalty).joined(separator: words("；", ";"))),
        cell(.fine, row.fine.map(Hundredths.text)), cell(.confiscated, row.confiscated.map(Hundredths.text)),
        cell(.decisionDate, row.decisionDate?.description),
        cell(.discloseUntil, row.discloseUntil?.description),
      ])
    }
    return table
  }

  private var inspections: ReportTable {
    let roles: [ReportRole] = [.enterprise, .enterpriseCode, .title, .date, .checked, .failed]
    var table = ReportTable(
      words("不合格的监督检查", "Failed inspections"),
      roles.map {
        .init(context.heading($0, of: .failedInspectionKind), isNumber: $0 == .checked || $0 == .failed)
      }, disputes: context.disputes)
    for row in report.inspections {
      func cell(_ role: ReportRole, _ text: String?) -> ReportTable.Cell {
        ReportTable.Cell(text ?? "", isDisputed: isDisputed(role, row.disputed, of: .failedInspectionKind))
      }
      table.add([
        cell(.enterprise, row.enterprise), cell(.enterpriseCode, row.creditCode), cell(.title, row.title),
        cell(.date, row.date?.description), cell(.checked, row.checked.map { String($0) }),
        cell(.failed, String(row.failed)),
      ])
    }
    return table
  }

  /// Whether the field that plays a part is among the disputed ones, itself or by its group. A dispute about the record as
  /// a whole stands at what it is called by.
  private func isDisputed(_ role: ReportRole, _ disputed: [String], of kind: ReportRole) -> Bool {
    let isName = role == (kind == .penaltyKind ? .caseNumber : .title)
    if isName, !ReportContext.wholeRecord.isDisjoint(with: disputed) { return true }
    guard !disputed.isEmpty,
      let kind = context.pack.reports.code(kind).flatMap({ context.pack.kind($0) }),
      let field = context.pack.reports.code(role).flatMap({ kind.fieldIndex($0) }),
      let code = kind.code(ofCell: kind.cell(ofField: field))
    else { return false }
    return disputed.contains(code)
  }

  private func penalty(_ code: String) -> String {
    guard let kind = context.pack.reports.code(.penaltyKind).flatMap({ context.pack.kind($0) }),
      let field = context.pack.reports.code(.penalty).flatMap({ kind.field($0) })
    else { return code }
    return context.display.text(.code(code), of: field)
  }
}
