public import Campaign
public import Ledger
public import Store

/// Counts and sums by division: rows a child of the asked division, each with its own children.
///
/// Money is added in hundredths, so that totals are exact.
public struct SummaryReport: Sendable {
  public struct Row: Sendable {
    public var division: DivisionCode
    public var name: String
    public var records = 0
    public var items: [String: Int] = [:]
    public var kinds: [String: Int] = [:]
    /// Sums and counts by the pack's names for them (`ReportColumns`); money in hundredths.
    public var figures: [String: Int64] = [:]
    /// Records with a value that only a person may settle.
    public var disputed = 0
    public var children: [Row] = []

    init(division: DivisionCode, name: String) {
      self.division = division
      self.name = name
    }
  }

  public struct Day: Sendable, Hashable {
    public var date: CivilDate
    public var records: Int
  }

  public var from: CivilDate
  public var to: CivilDate
  public var rows: [Row]
  public var total: Row
  public var days: [Day]
  /// The names of the figures that are amounts of money.
  public var moneyFigures: Set<String>

  /// - Parameters:
  ///   - division: the root of the report; its children are the rows.
  ///   - from: the first day, `to` the last, both included.
  public init(_ snapshot: Snapshot, division: DivisionCode, from: CivilDate, to: CivilDate) throws {
    let pack = try snapshot.pack()
    var tally = Tally(pack)
    var filter = RecordFilter()
    filter.divisions = Set(pack.divisions.subtree(of: division))
    filter.from = from.days
    filter.to = to.days
    let leftOut = try snapshot.leftOutForLinks()
    try snapshot.forEachRecord(filter) { view in
      if !leftOut.contains(view.id) { tally.add(view) }
      return true
    }
    self.from = from
    self.to = to
    total = tally.row(division)
    rows = total.children
    // What the division itself holds is a row of its own, so that rows add up to the total.
    if let own = tally.own[division] {
      var row = own
      row.name += " *"
      rows.insert(row, at: 0)
    }
    total.children = []
    days = tally.days.sorted { $0.key < $1.key }.map { Day(date: CivilDate(days: $0.key), records: $0.value) }
    moneyFigures = tally.moneyFigures
  }
}

/// Adds records up by the division they belong to.
private struct Tally {
  private let pack: Pack
  private(set) var own: [DivisionCode: SummaryReport.Row] = [:]
  private(set) var days: [Int32: Int] = [:]
  private(set) var moneyFigures: Set<String> = []

  init(_ pack: Pack) { self.pack = pack }

  mutating func add(_ view: RecordView) {
    guard let kind = view.kind, let content = view.content else { return }
    let code = view.space.division
    var row =
      own[code] ?? SummaryReport.Row(division: code, name: pack.divisions[code]?.name ?? code.description)
    row.records += 1
    row.kinds[kind.code, default: 0] += 1
    if !view.disputed.isEmpty { row.disputed += 1 }
    if let items = pack.reports.role("items"), case .set(let elements)? = content[items, in: kind] {
      for case .code(let item) in elements { row.items[item, default: 0] += 1 }
    }
    if let date = pack.reports.role("date"), case .single(.date(let day))? = content[date, in: kind] {
      days[day, default: 0] += 1
    }
    for (name, fields) in pack.reports.sums {
      for code in fields { row.figures[name, default: 0] += amount(code, content, kind, name) }
    }
    for (name, kinds) in pack.reports.counts where kinds.contains(kind.code) {
      row.figures[name, default: 0] += 1
    }
    own[code] = row
  }

  private mutating func amount(_ code: String, _ content: RecordContent, _ kind: Kind, _ name: String)
    -> Int64
  {
    guard let field = kind.field(code) else { return 0 }
    if field.type == .money { moneyFigures.insert(name) }
    switch content[code, in: kind] {
    case .tally(let count)?, .single(.integer(let count))?: return count
    case .single(.decimal(let text))?: return Hundredths.of(text)
    default: return 0
    }
  }

  /// A division's own records and all that lies below it.
  func row(_ code: DivisionCode) -> SummaryReport.Row {
    var row =
      own[code] ?? SummaryReport.Row(division: code, name: pack.divisions[code]?.name ?? code.description)
    for child in pack.divisions.children(of: code).map(\.code).sorted() {
      let below = self.row(child)
      guard below.records > 0 || pack.divisions.ancestors(of: child).count <= 1 else { continue }
      row.children.append(below)
      row.records += below.records
      row.disputed += below.disputed
      row.items.merge(below.items, uniquingKeysWith: +)
      row.kinds.merge(below.kinds, uniquingKeysWith: +)
      row.figures.merge(below.figures, uniquingKeysWith: +)
    }
    return row
  }
}

/// Amounts of money as whole hundredths.
public enum Hundredths {
  /// Of a decimal in its one form; digits beyond two decimals are cut.
  static func of(_ decimal: String) -> Int64 {
    let isNegative = decimal.hasPrefix("-")
    let parts = decimal.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
    let whole = Int64(parts.first ?? "0") ?? 0
    let cents = parts.count > 1 ? Int64((parts[1] + "00").prefix(2)) ?? 0 : 0
    return (whole * 100 + cents) * (isNegative ? -1 : 1)
  }

  /// With two decimals.
  public static func text(_ hundredths: Int64) -> String {
    let cents = hundredths.magnitude % 100
    return "\(hundredths < 0 ? "-" : "")\(hundredths.magnitude / 100).\(cents < 10 ? "0" : "")\(cents)"
  }
}
