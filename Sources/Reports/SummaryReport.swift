public import Campaign
public import Ledger
public import Store

/// Counts and sums by division: rows a child of the asked division, each with its own children.
///
/// What has decimals is added in hundredths, so that totals are exact.
public struct SummaryReport: Sendable {
  public struct Row: Sendable {
    public var division: DivisionCode
    public var name: String
    public var records = 0
    /// Records by the plan items that they name.
    public var items: [String: Int] = [:]
    /// Records by the plan's top items: a record that names an item or one below it counts once there.
    public var topics: [String: Int] = [:]
    public var kinds: [String: Int] = [:]
    /// Sums and counts by the pack's names for them (`ReportColumns`); decimal ones in hundredths. Wide enough
    /// that no sum of values that a record may hold overflows.
    public var figures: [String: Int128] = [:]
    /// Records with a value that only a person may settle.
    public var disputed = 0
    public var children: [Row] = []
    /// Whether it is what a division holds itself, beside the rows of those below it.
    public var isOwn = false

    init(division: DivisionCode, name: String) {
      self.division = division
      self.name = name
    }

    /// Adds another row's counts to this one's.
    mutating func add(_ other: Row) {
      records += other.records
      disputed += other.disputed
      items.merge(other.items, uniquingKeysWith: +)
      topics.merge(other.topics, uniquingKeysWith: +)
      kinds.merge(other.kinds, uniquingKeysWith: +)
      figures.merge(other.figures, uniquingKeysWith: +)
    }
  }

  public struct Day: Sendable, Hashable {
    public var date: CivilDate
    public var records: Int
  }

  /// The first and the last day: as asked, else the campaign's period with those days that have a record and are
  /// usual for it. A date that is years off counts in the totals; it does not stretch the period.
  public var from: CivilDate
  public var to: CivilDate
  /// Records of days before the first or after the last; they count all the same.
  public var outside: Int
  public var rows: [Row]
  public var total: Row
  /// The days that have a record.
  public var days: [Day]
  public var figures: [ReportFigure]
  /// The divisions below the asked one that have no record.
  public var silent: [DivisionCode]
  /// What divisions that have others below them hold themselves.
  public var own: [DivisionCode: Row] = [:]
  /// The figures that the pass rate is made of; nil where the pack has none.
  public var checkedFigure: String?
  public var failedFigure: String?

  public init(_ snapshot: Snapshot, _ scope: ReportScope) throws {
    let pack = try snapshot.pack()
    var tally = SummaryTally(pack, root: scope.division)
    try scope.forEachShown(snapshot, fields: tally.fields) { tally.add($0) }
    total = tally.row(scope.division)
    rows = total.children
    // What the division itself holds is a row of its own, so that rows add up to the total.
    if let own = tally.own(scope.division) { rows.insert(own, at: 0) }
    for row in rows where !row.isOwn { own[row.division] = tally.own(row.division) }
    total.children = []
    let days = tally.days.sorted { $0.key < $1.key }.map {
      Day(date: CivilDate(days: $0.key), records: $0.value)
    }
    self.days = days
    let (from, to) = SummaryReport.period(scope, pack.info.period, days)
    (self.from, self.to) = (from, to)
    outside = days.filter { $0.date < from || $0.date > to }.reduce(0) { $0 + $1.records }
    figures = tally.figures
    silent = tally.silent(below: scope.division)
    checkedFigure = SummaryReport.figure(.checked, pack)
    failedFigure = SummaryReport.figure(.failed, pack)
  }

  private static func period(_ scope: ReportScope, _ period: Period, _ days: [Day]) -> (CivilDate, CivilDate)
  {
    let usual = days.map(\.date).filter { period.usualDays.contains($0.days) }
    let first = min(period.from, usual.first ?? period.from)
    let last = max(period.to, usual.last ?? period.to)
    // An end that was asked for may lie before the campaign's beginning, or the other way round.
    let from = scope.from ?? min(first, scope.to ?? first)
    return (from, scope.to ?? max(last, from))
  }

  /// The figure that adds up the field which plays a part, and nothing else.
  private static func figure(_ role: ReportRole, _ pack: Pack) -> String? {
    guard let code = pack.reports.code(role) else { return nil }
    return pack.reports.sums.filter { $0.value == [code] }.keys.min()
  }

  /// How many in a thousand of what was checked did not fail; nil where nothing was checked.
  public func passed(_ row: Row) -> Int128? {
    guard let checked = hundredths(checkedFigure, row), checked > 0,
      let failed = hundredths(failedFigure, row)
    else { return nil }
    // Rounded down, so that 100.0% says that nothing failed.
    return max(0, checked - failed) * 1000 / checked
  }
}

extension SummaryReport {
  private func hundredths(_ name: String?, _ row: Row) -> Int128? {
    guard let figure = figures.first(where: { $0.name == name }), let sum = row.figures[figure.name] else {
      return nil
    }
    return figure.isDecimal ? sum : sum * 100
  }
}

/// A column of the summary that the pack defines.
public struct ReportFigure: Sendable, Hashable {
  public var name: String
  /// What people call it: as the first field or kind that it is made of.
  public var label: Label
  public var isMoney: Bool
  /// Whether its sums are in hundredths.
  public var isDecimal: Bool

  /// The pack's figures, in the order in which their fields and kinds stand in it.
  static func all(_ pack: Pack) -> [ReportFigure] {
    var found: [(place: (Int, Int), figure: ReportFigure)] = []
    for (name, codes) in pack.reports.sums {
      guard let code = codes.first, let kind = pack.kinds.firstIndex(where: { $0.fieldIndex(code) != nil }),
        let index = pack.kinds[kind].fieldIndex(code)
      else { continue }
      let field = pack.kinds[kind].fields[index]
      let types = codes.flatMap { code in pack.kinds.compactMap { $0.field(code)?.type } }
      found.append(
        (
          (kind, index),
          ReportFigure(
            name: name, label: field.label, isMoney: field.type == .money,
            isDecimal: types.contains { $0 == .money || $0 == .decimal })
        ))
    }
    for (name, codes) in pack.reports.counts {
      guard let code = codes.first, let kind = pack.kinds.firstIndex(where: { $0.code == code }) else {
        continue
      }
      found.append(
        (
          (kind, -1),
          ReportFigure(name: name, label: pack.kinds[kind].label, isMoney: false, isDecimal: false)
        ))
    }
    return found.sorted {
      ($0.place.0, $0.place.1, $0.figure.name) < ($1.place.0, $1.place.1, $1.figure.name)
    }.map(\.figure)
  }
}
