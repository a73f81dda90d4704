public import Campaign
public import Ledger
internal import Store

/// What a report is about: a division with all below it, and the days from the first to the last.
public struct ReportScope: Sendable {
  public let division: DivisionCode
  /// The first day; nil for all days.
  public let from: CivilDate?
  /// The last day, included.
  public let to: CivilDate?
  /// Records that another one stands for, so that an activity which two offices entered counts once.
  public let leavingOut: Set<RecordID>
  /// The report's moment, in milliseconds since 1970.
  public let time: Int64

  public init(
    division: DivisionCode, from: CivilDate?, to: CivilDate?, leavingOut: Set<RecordID> = [], at time: Int64
  ) {
    self.time = time
    self.division = division
    self.from = from
    self.to = to
    self.leavingOut = leavingOut
  }

  /// The filter for the scope's records; deleted ones are left out.
  func filter(_ pack: Pack, kind: String? = nil) -> RecordFilter {
    var filter = RecordFilter()
    filter.kind = kind
    filter.divisions = Set(DivisionHomes(pack.divisions, below: division).homes.keys)
    filter.from = from?.days
    filter.to = to?.days
    return filter
  }

  /// Whether a record counts: the one place where those that another stands for are passed over.
  func counts(_ id: RecordID) -> Bool { !leavingOut.contains(id) }

  /// Gives what the scope's records show to `body`.
  ///
  /// - Parameter fields: the codes of the fields that `body` looks at.
  func forEachShown(
    _ snapshot: Snapshot, kind: String? = nil, fields: Set<String>, _ body: (ShownRecord) throws -> Void
  ) throws {
    try snapshot.forEachShown(filter(try snapshot.pack(), kind: kind), fields: fields) { record in
      if counts(record.id) { try body(record) }
    }
  }

  /// Gives the scope's records with all that is known of them to `body`, by date.
  func forEachRecord(
    _ snapshot: Snapshot, kind: String? = nil, markedOnly: Bool = false, _ body: (RecordView) throws -> Void
  ) throws {
    var filter = filter(try snapshot.pack(), kind: kind)
    filter.isMarked = markedOnly
    try snapshot.forEachRecord(filter) { view in
      if counts(view.id) { try body(view) }
      return true
    }
  }
}

/// Where records are counted: a retired division's under the one that took its place, or, where there are
/// several, under the division that it lay in. So nothing is lost from a total.
struct DivisionHomes {
  /// Every division whose records count at or below the root, with the one in use that they count under.
  let homes: [DivisionCode: DivisionCode]

  init(_ table: DivisionTable, below root: DivisionCode) {
    let covered = Set(table.subtree(of: root)).union([root])
    var homes: [DivisionCode: DivisionCode] = [:]
    for division in table.divisions {
      let home = DivisionHomes.home(of: division, table)
      if covered.contains(home) { homes[division.code] = home }
    }
    homes[root] = root
    self.homes = homes
  }

  private static func home(of division: Division, _ table: DivisionTable) -> DivisionCode {
    var found = division
    // Bounded: a damaged table could lead in a circle.
    for _ in 0..<8 where !found.isInUse {
      let next = found.successors.count == 1 ? found.successors.first : found.parent
      guard let next, let division = table[next] else { return found.code }
      found = division
    }
    return found.code
  }
}
