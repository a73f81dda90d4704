import Campaign
import Ledger
import Reports

/// The summary: counts and sums by division.
struct SummaryOutput: ReportOutput {
  private let context: ReportContext
  private let report: SummaryReport
  private var words: Words { context.words }

  init(_ context: ReportContext, _ report: SummaryReport) {
    self.context = context
    self.report = report
  }

  // MARK: JSON

  var json: JSON {
    context.json(
      [
        ("rows", .array(rows.map(json))), ("total", json(report.total)),
        (
          "days",
          .array(
            report.days.map {
              .object([("date", .string($0.date.description)), ("records", .count($0.records))])
            })
        ),
      ], from: report.from, to: report.to)
  }

  /// A row of a division includes what lies below it. The region's own records are of no row: they have one of their
  /// own, so that all rows add up to the total.
  private var rows: [SummaryReport.Row] {
    guard context.pack.divisions[context.scope.division]?.parent != nil else { return report.rows }
    var whole = report.total
    whole.children = report.rows.filter { !$0.isOwn }
    return [whole]
  }

  private func json(_ row: SummaryReport.Row) -> JSON {
    var members: [(String, JSON)] = [
      ("division", .string(row.division.description)), ("name", .string(row.name)),
      ("records", .count(row.records)),
      ("items", .object(row.items.sorted { $0.key < $1.key }.map { ($0.key, .count($0.value)) })),
      ("kinds", .object(row.kinds.sorted { $0.key < $1.key }.map { ($0.key, .count($0.value)) })),
    ]
    for figure in report.figures {
      let value = row.figures[figure.name] ?? 0
      members.append(
        (figure.name, figure.isMoney ? .string(Hundredths.text(value)) : .number(Int64(clamping: value))))
    }
    members.append(("disputed", .count(row.disputed)))
    members.append(("itself", .bool(row.isOwn)))
    members.append(("children", .array(row.children.map(json))))
    return .object(members)
  }

  // MARK: in words

  var document: ReportDocument {
    let period = words("\(report.from) 至 \(report.to)", "\(report.from) to \(report.to)")
    var document = context.document(words("活动开展情况汇总", "Summary of activities"), period: period)
    document.highlights = [.init(words("记录", "Records"), String(report.total.records))]
    for figure in report.figures where figure.name != report.failedFigure {
      document.highlights.append(.init(heading(figure), text(figure, report.total)))
      if figure.name == report.checkedFigure {
        document.highlights.append(.init(words("合格率", "Pass rate"), rate(report.total)))
      }
    }
    document.parts = [
      .table(figures(words("各地情况", "By division"), withChildren: false)),
      .bars(.init(words("各地记录数", "Records by division"), report.rows.map { (name($0), $0.records) })),
      .line(
        .init(
          words("每日记录数", "Records by day"), from: report.from, to: report.to,
          report.days.map { ($0.date, $0.records) })),
      .table(topics), .table(kinds),
    ]
    if report.rows.contains(where: { row in row.children.contains { $0.records > 0 } }) {
      let level = report.rows.lazy.flatMap(\.children).first.map(level) ?? ""
      document.parts.append(
        .table(figures(words("分\(level)情况", "By division: \(level)"), withChildren: true)))
    }
    if report.outside > 0 {
      document.parts.append(
        .note(
          words(
            "\(report.outside) 条记录的日期不在上述期间，已计入合计，不在每日图中。",
            "Dated outside this period: \(Words.counted(report.outside, "record")), counted in the totals and not in the chart by day."
          )))
    }
    if !report.silent.isEmpty {
      let names = report.silent.map { context.name($0) }.joined(separator: words("、", ", "))
      document.parts.append(
        .note(
          words(
            "期间无记录的区划（\(report.silent.count)）：\(names)",
            "Divisions without a record in the period (\(report.silent.count)): \(names)")))
    }
    return document
  }

  private func name(_ row: SummaryReport.Row) -> String {
    row.isOwn && report.rows.count > 1 ? words("\(row.name)本级", "\(row.name) itself") : row.name
  }

  private func text(_ figure: ReportFigure, _ row: SummaryReport.Row) -> String {
    let value = row.figures[figure.name] ?? 0
    return figure.isMoney ? Hundredths.text(value) : String(value)
  }

  private func heading(_ figure: ReportFigure) -> String {
    context.label(figure.label) + (figure.isMoney ? context.currency : "")
  }

  private func rate(_ row: SummaryReport.Row) -> String {
    guard let thousandths = report.passed(row) else { return "–" }
    return "\(thousandths / 10).\(thousandths % 10)%"
  }

  private var figureColumns: [ReportTable.Column] {
    var columns: [ReportTable.Column] = [.init(words("记录", "Records"), isNumber: true)]
    for figure in report.figures {
      columns.append(.init(heading(figure), isNumber: true))
      if figure.name == report.failedFigure {
        columns.append(.init(words("合格率", "Pass rate"), isNumber: true))
      }
    }
    return columns + [.init(words("有争议", "Disputed"), isNumber: true)]
  }

  private func figureCells(_ row: SummaryReport.Row) -> [ReportTable.Cell] {
    var cells = [ReportTable.Cell(String(row.records))]
    for figure in report.figures {
      cells.append(.init(text(figure, row)))
      if figure.name == report.failedFigure { cells.append(.init(rate(row))) }
    }
    return cells + [.init(String(row.disputed))]
  }

  private func figures(_ title: String, withChildren: Bool) -> ReportTable {
    var table = ReportTable(title, [.init(words("行政区划", "Division"))] + figureColumns)
    for row in report.rows where !withChildren || row.records > 0 {
      table.add([.init(name(row))] + figureCells(row))
      for part in withChildren ? parts(row) : [] {
        table.add([.init(part.name)] + figureCells(part.row), .part)
      }
    }
    table.add([.init(words("合计", "Total"))] + figureCells(report.total), .total)
    return table
  }

  /// What a row is made of: those below it that have a record, and what it holds itself.
  private func parts(_ row: SummaryReport.Row) -> [(name: String, row: SummaryReport.Row)] {
    let below = row.children.filter { $0.records > 0 }
    guard !below.isEmpty else { return [] }
    var parts = below.map { ($0.name, $0) }
    if let own = report.own[row.division], !row.isOwn { parts.insert((words("本级", "itself"), own), at: 0) }
    return parts
  }

  private var topics: ReportTable {
    let topics = context.pack.items.filter { $0.parent == nil }
    let names = topics.map { "\($0.code) \(context.label($0.label))" }.joined(separator: words("；", "; "))
    var table = counts(
      words("按计划条目（记录数）", "By plan item (records)"), topics.map { (heading: $0.code, code: $0.code) }
    ) { $0.topics }
    table.note =
      words(
        "一条记录可属多个条目，各条目之和可大于记录数；下级条目计入上级。",
        "A record may belong to several items, so that they add up to more than the records; what is below an item counts in it. "
      ) + names + words("。", ".")
    return table
  }

  private var kinds: ReportTable {
    counts(
      words("按类别（记录数）", "By kind (records)"),
      context.pack.kinds.map { (heading: context.label($0.label), code: $0.code) }
    ) { $0.kinds }
  }

  /// A row a division and the total, a column a thing that is counted.
  private func counts(
    _ title: String, _ columns: [(heading: String, code: String)],
    _ counted: (SummaryReport.Row) -> [String: Int]
  ) -> ReportTable {
    func cells(_ row: SummaryReport.Row) -> [ReportTable.Cell] {
      let counts = counted(row)
      return columns.map { .init(String(counts[$0.code] ?? 0)) }
    }
    var table = ReportTable(
      title, [.init(words("行政区划", "Division"))] + columns.map { .init($0.heading, isNumber: true) })
    for row in report.rows { table.add([.init(name(row))] + cells(row)) }
    table.add([.init(words("合计", "Total"))] + cells(report.total), .total)
    return table
  }

  // MARK: for a spreadsheet

  /// A row a division with its level, so that a sum can be taken over one level.
  var sheets: [ReportTable] {
    let items = context.pack.items
    let columns: [ReportTable.Column] =
      [
        .init(words("层级", "Level")), .init(words("行政区划代码", "Division")),
        .init(words("行政区划", "Name")),
        .init(words("上级", "Within")),
      ] + figureColumns + items.map { .init("\($0.code) \(context.label($0.label))", isNumber: true) }
      + context.pack.kinds.map { kind in
        // A figure may count the records of a kind under its name.
        let label = context.label(kind.label)
        let isTaken = report.figures.contains { context.label($0.label) == label }
        return .init(isTaken ? words("\(label)（类别）", "\(label) (kind)") : label, isNumber: true)
      }
    var table = ReportTable("", columns)
    func add(_ level: String, _ row: SummaryReport.Row, name: String, within: String) {
      table.add(
        [.init(level), .init(row.division.description), .init(name), .init(within)] + figureCells(row)
          + items.map { .init(String(row.items[$0.code] ?? 0)) }
          + context.pack.kinds.map { .init(String(row.kinds[$0.code] ?? 0)) })
    }
    for row in report.rows {
      add(level(row), row, name: name(row), within: context.name(context.scope.division))
      for part in parts(row) {
        add(
          part.row.isOwn ? words("本级", "itself") : level(part.row), part.row, name: part.row.name,
          within: row.name)
      }
    }
    add(words("合计", "Total"), report.total, name: report.total.name, within: "")
    return [table]
  }

  private func level(_ row: SummaryReport.Row) -> String {
    let code = context.pack.divisions[row.division]?.level
    return context.pack.divisions.levels.first { $0.code == code }.map { context.label($0.label) } ?? ""
  }
}
