internal import Campaign
internal import Ledger
internal import Store

/// Adds records up by the division that they count under.
struct SummaryTally {
  /// Which fields of a kind are looked at, found once a kind.
  private struct Plan {
    let items: Int?
    let date: Int?
    /// Fields (positions) with the figure that each adds to.
    let sums: [(field: Int, figure: Int, isDecimal: Bool)]
    /// Figures that a record of the kind adds one to.
    let counts: [Int]
  }

  private typealias ItemPlaces = [String: (item: Int, topic: Int)]

  /// Counts by position: a hundred thousand records are added without looking a name up.
  private struct Counts {
    var records = 0
    var disputed = 0
    var items: [Int]
    var topics: [Int]
    var kinds: [Int]
    var figures: [Int128]

    mutating func add(_ record: ShownRecord, _ plan: Plan, kind: Int, _ places: ItemPlaces) {
      records += 1
      kinds[kind] += 1
      if !record.disputed.isEmpty { disputed += 1 }
      for figure in plan.counts { figures[figure] += 1 }
      for sum in plan.sums {
        figures[sum.figure] += SummaryTally.amount(
          record.content[field: sum.field], isDecimal: sum.isDecimal)
      }
      guard let field = plan.items, case .set(let elements)? = record.content[field: field] else { return }
      var seen: [Int] = []
      for case .code(let item) in elements {
        guard let place = places[item] else { continue }
        items[place.item] += 1
        if seen.contains(place.topic) { continue }
        seen.append(place.topic)
        topics[place.topic] += 1
      }
    }
  }

  private let pack: Pack
  private let homes: DivisionHomes
  private let itemPlaces: ItemPlaces
  private let topics: [String]
  private let plans: [Plan]
  private let empty: Counts
  private let kindPlaces: [String: Int]
  private var counted: [DivisionCode: Counts] = [:]
  private(set) var days: [Int32: Int] = [:]
  let figures: [ReportFigure]

  init(_ pack: Pack, root: DivisionCode) {
    self.pack = pack
    homes = DivisionHomes(pack.divisions, below: root)
    figures = ReportFigure.all(pack)
    let topics = pack.items.filter { $0.parent == nil }.map(\.code)
    self.topics = topics
    var itemPlaces: ItemPlaces = [:]
    for (place, item) in pack.items.enumerated() {
      let topic = topics.firstIndex(of: SummaryTally.topic(of: item, pack)) ?? 0
      itemPlaces[item.code] = (place, topic)
    }
    self.itemPlaces = itemPlaces
    var kindPlaces: [String: Int] = [:]
    for (place, kind) in pack.kinds.enumerated() { kindPlaces[kind.code] = place }
    self.kindPlaces = kindPlaces
    empty = Counts(
      items: Array(repeating: 0, count: pack.items.count), topics: Array(repeating: 0, count: topics.count),
      kinds: Array(repeating: 0, count: pack.kinds.count), figures: Array(repeating: 0, count: figures.count))
    let figures = self.figures
    plans = pack.kinds.map { SummaryTally.plan($0, pack, figures) }
  }

  private static func topic(of item: PlanItem, _ pack: Pack) -> String {
    var top = item
    while let parent = top.parent, let above = pack.items.first(where: { $0.code == parent }) { top = above }
    return top.code
  }

  private static func plan(_ kind: Kind, _ pack: Pack, _ figures: [ReportFigure]) -> Plan {
    let columns = pack.reports
    var sums: [(field: Int, figure: Int, isDecimal: Bool)] = []
    for (place, figure) in figures.enumerated() {
      for code in columns.sums[figure.name] ?? [] {
        guard let field = kind.fieldIndex(code) else { continue }
        sums.append((field, place, figure.isDecimal))
      }
    }
    let counts = figures.indices.filter { place in
      columns.counts[figures[place].name]?.contains(kind.code) == true
    }
    return Plan(
      items: columns.code(.items).flatMap { kind.fieldIndex($0) },
      date: columns.code(.date).flatMap { kind.fieldIndex($0) }, sums: sums, counts: counts)
  }

  /// The fields that are looked at.
  var fields: Set<String> {
    var codes = Set(figures.flatMap { pack.reports.sums[$0.name] ?? [] })
    for role in [ReportRole.items, .date] { codes.formUnion(pack.reports.codes(role)) }
    return codes
  }

  mutating func add(_ record: ShownRecord) {
    guard let home = homes.homes[record.space.division], let kind = kindPlaces[record.kind.code] else {
      return
    }
    let plan = plans[kind]
    let content = record.content
    if let field = plan.date, case .single(.date(let day))? = content[field: field] {
      days[day, default: 0] += 1
    }
    counted[home, default: empty].add(record, plan, kind: kind, itemPlaces)
  }

  /// - Parameter isDecimal: whether hundredths are added: where one field of a figure has decimals, all of it has.
  private static func amount(_ value: FieldValue?, isDecimal: Bool) -> Int128 {
    switch value {
    case .tally(let count)?, .single(.integer(let count))?: Int128(count) * (isDecimal ? 100 : 1)
    case .single(.decimal(let text))?: Hundredths.of(text)
    default: 0
    }
  }

  // MARK: rows

  /// What a division itself holds; nil for nothing.
  func own(_ code: DivisionCode) -> SummaryReport.Row? {
    guard let counts = counted[code] else { return nil }
    var row = emptyRow(code)
    row.isOwn = true
    row.records = counts.records
    row.disputed = counts.disputed
    for (place, count) in counts.items.enumerated() where count > 0 {
      row.items[pack.items[place].code] = count
    }
    for (place, count) in counts.topics.enumerated() where count > 0 { row.topics[topics[place]] = count }
    for (place, count) in counts.kinds.enumerated() where count > 0 {
      row.kinds[pack.kinds[place].code] = count
    }
    for (place, sum) in counts.figures.enumerated() { row.figures[figures[place].name] = sum }
    return row
  }

  private func emptyRow(_ code: DivisionCode) -> SummaryReport.Row {
    SummaryReport.Row(division: code, name: pack.divisions[code]?.name ?? code.description)
  }

  /// A division's own records and all that lies below it.
  func row(_ code: DivisionCode) -> SummaryReport.Row {
    var row = own(code) ?? emptyRow(code)
    row.isOwn = false
    for child in pack.divisions.children(of: code).map(\.code).sorted() {
      let below = self.row(child)
      row.children.append(below)
      row.add(below)
    }
    return row
  }

  /// The divisions below one that have no record, nor has any below them.
  func silent(below code: DivisionCode) -> [DivisionCode] {
    pack.divisions.subtree(of: code).dropFirst().filter { row($0).records == 0 }
  }
}
