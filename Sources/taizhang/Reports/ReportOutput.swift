import Campaign
import Ledger
import Reports
import Store

/// A report on its way out: in words to be read, as tables to be calculated with, and as JSON.
protocol ReportOutput {
  var document: ReportDocument { get }
  /// For spreadsheets: one row a thing; what is disputed stands in a column of its own, so that numbers stay such.
  var sheets: [ReportTable] { get }
  var json: JSON { get }
}

/// What all reports of one moment have in common.
struct ReportContext {
  let snapshot: Snapshot
  let scope: ReportScope
  let words: Words
  let pack: Pack
  let frontier: Frontier
  let display: DisplayForm
  /// Whose report it is: the office that this store belongs to.
  let office: String?

  init(_ snapshot: Snapshot, _ scope: ReportScope, _ words: Words) throws {
    self.snapshot = snapshot
    self.scope = scope
    self.words = words
    pack = try snapshot.pack()
    frontier = try Frontier(snapshot, scope)
    office = try snapshot.meta(.node).flatMap { NodeID($0) }.flatMap { try? snapshot.officeNames()[$0] }
    display = DisplayForm(pack: pack, language: words.labels)
  }

  /// A document with its head and what it rests on.
  func document(_ title: String, period: String? = nil) -> ReportDocument {
    var document = ReportDocument(
      language: words("zh-CN", "en"), title: label(pack.info.title), subtitle: title,
      legend: words(
        "\(ReportTable.Cell.mark) 有争议：有几个不同的值、几份报送、重复的编号，或是否删除未定，尚待人工裁定。",
        "\(ReportTable.Cell.mark) Disputed: several values or copies, a number that is there twice, or a deletion that is not settled; a person has yet to decide."
      ))
    document.issuer = office
    document.facts = [
      (words("行政区划", "Division"), "\(name(scope.division)) \(scope.division)"),
      (words("期间", "Period"), period ?? self.period),
    ]
    if let number = pack.info.document {
      document.facts.append((words("方案文号", "The plan's number"), number))
    }
    document.foundation = FrontierOutput(self).parts
    return document
  }

  private var period: String {
    switch (scope.from, scope.to) {
    case (nil, nil): words("全部日期", "all days")
    case (let from?, nil): words("\(from) 起", "from \(from)")
    case (nil, let to?): words("至 \(to)", "until \(to)")
    case (let from?, let to?): words("\(from) 至 \(to)", "\(from) to \(to)")
    }
  }

  /// A report's JSON: its own members, then the frontier.
  func json(_ members: [(String, JSON)], from: CivilDate?, to: CivilDate?) -> JSON {
    let period: JSON = .object([
      ("from", .optional(from?.description)), ("to", .optional(to?.description)),
    ])
    return .object([("period", period)] + members + [("frontier", FrontierOutput(self).json)])
  }

  func json(rows: [JSON], _ others: [(String, JSON)] = []) -> JSON {
    json([("rows", .array(rows))] + others, from: scope.from, to: scope.to)
  }

  func name(_ division: DivisionCode) -> String { pack.divisions[division]?.name ?? division.description }

  /// The heading for what is disputed, in a spreadsheet.
  var disputes: String { words("有争议", "Disputed") }

  /// What amounts are in, behind a heading; empty where the pack does not say.
  var currency: String {
    pack.info.currency.map { words("（\(label($0))）", " (\(label($0)))") } ?? ""
  }

  /// What people call the kind that plays a part.
  func name(ofKind role: ReportRole) -> String {
    pack.reports.code(role).flatMap { pack.kind($0) }.map { label($0.label) } ?? role.rawValue
  }

  func label(_ label: Label) -> String { label.text(in: words.labels) ?? label.chinese }

  /// What a dispute about a record as a whole is listed under.
  static let wholeRecord: Set<String> = ["deleted", RecordView.wholeKindField, RecordView.originField]

  /// The value of the field that plays a part in a record, marked where it is disputed; its title also where the record as a
  /// whole is.
  func cell(_ role: ReportRole, _ view: RecordView) -> ReportTable.Cell {
    guard let kind = view.kind, let content = view.content,
      let field = pack.reports.code(role).flatMap({ kind.fieldIndex($0) })
    else { return "" }
    let disputed = self.disputed(view)
    return ReportTable.Cell(
      display.text(content[field: field], of: kind.fields[field]),
      isDisputed: disputed.contains(view.code(ofCell: kind.cell(ofField: field)))
        || role == .title && !ReportContext.wholeRecord.isDisjoint(with: disputed))
  }

  /// What only a person may settle of a record. Where the store cannot tell, what its values say.
  func disputed(_ view: RecordView) -> [String] {
    view.disputed(with: (try? snapshot.conflicts(of: view)) ?? [])
  }

  /// What people call the field that plays a part in records of the kind that plays another; in the first kind
  /// that has it where no kind is named.
  func heading(_ role: ReportRole, of kind: ReportRole? = nil) -> String {
    guard let code = pack.reports.code(role) else { return role.rawValue }
    let named = kind.flatMap { pack.reports.code($0) }.flatMap { pack.kind($0) }
    let kinds = named.map { [$0] } ?? pack.kinds
    return kinds.lazy.compactMap { $0.field(code) }.first.map { label($0.label) } ?? code
  }

  /// To the minute, for readers; the heading says that it is UTC.
  func minute(_ milliseconds: Int64?) -> String {
    guard let milliseconds else { return "–" }
    return Timestamp.minute(milliseconds)
  }
}
