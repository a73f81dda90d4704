public import Campaign
internal import Foundation
internal import GRDB
public import Ledger

/// Suspected duplicates: pairs that look like one activity entered twice, that nobody linked or dismissed.
extension Snapshot {
  /// All of them, the likeliest first.
  public func suspectedDuplicates() throws -> [DuplicateSearch.Pair] {
    var pairs: [DuplicateSearch.Pair] = []
    try forEachSuspect(since: nil) { pairs.append(DuplicateSearch.Pair($0.id, $1.id, $2)) }
    return pairs.sorted { a, b in
      a.resemblance.score != b.resemblance.score
        ? a.resemblance.score > b.resemblance.score : (a.a, a.b) < (b.a, b.b)
    }
  }

  /// - Parameter arrival: counts only pairs with a record that something after this arrival touched; nil: all.
  public func suspectCount(since arrival: Int64? = nil) throws -> Int {
    try suspectCount(since: arrival, nil)
  }

  fileprivate func suspectCount(since arrival: Int64?, _ loaded: LoadedLikenesses?) throws -> Int {
    var count = 0
    try forEachSuspect(since: arrival, loaded) { _, _, _ in count += 1 }
    return count
  }

  /// What looks like the same activity as one record.
  public func suspects(like view: RecordView) throws -> [DuplicateSearch.Pair] {
    var reader = try LikenessReader(self)
    guard let own = reader.likeness(view), let kind = view.kind else { return [] }
    return try suspects(like: own, kind, &reader)
  }

  /// Records that look like the same activity as one that is not kept yet, the likeliest first.
  public func suspects(like content: RecordContent, _ kind: Kind, in space: Space) throws -> [RecordView] {
    var reader = try LikenessReader(self)
    // No row has this key; no record has this id, and every other one is greater: it is a pair's first.
    let none = RecordID(high: 0, low: 0)
    guard let own = reader.likeness(content, kind, key: -1, id: none, space) else { return [] }
    return try suspects(like: own, kind, &reader).flatMap { try records($0.b) }
  }

  private func suspects(
    like own: Likeness, _ kind: Kind, _ reader: inout LikenessReader
  ) throws -> [DuplicateSearch.Pair] {
    let limit = Resemblance.dayLimit
    let known = try KnownPairs(self)
    var pairs: [DuplicateSearch.Pair] = []
    try reader.forEach(days: own.day...own.day, before: limit, after: limit, kinds: [kind.code]) {
      let resemblance = Resemblance(own, $0)
      guard $0.key != own.key, resemblance.isSuspicious, try !known.isSettled(own, $0) else { return }
      pairs.append(DuplicateSearch.Pair(own.id, $0.id, resemblance))
    }
    return pairs.sorted { $0.resemblance.score > $1.resemblance.score }
  }

  /// How much two records have in common.
  public func resemblance(_ a: RecordView, _ b: RecordView) throws -> Resemblance? {
    var reader = try LikenessReader(self)
    guard let a = reader.likeness(a), let b = reader.likeness(b) else { return nil }
    return Resemblance(a, b)
  }

  /// - Parameter loaded: what a bulk load since `arrival` has brought; nil: it is read back.
  private func forEachSuspect(
    since arrival: Int64?, _ loaded: LoadedLikenesses? = nil,
    _ body: (Likeness, Likeness, Resemblance) throws -> Void
  ) throws {
    var reader = try LikenessReader(self)
    let touched = try arrival.map { try self.touched(after: $0, before: loaded?.first) }
    let isWanted: (Likeness) -> Bool = { one in
      touched?.contains(one.key) ?? true || loaded?.first.map { one.key >= $0 } ?? false
    }
    let known = try KnownPairs(self)
    for days in try stretches(arrival) {
      let nearby = days.lowerBound &- Resemblance.dayLimit...days.upperBound
      var records = loaded?.records.filter { nearby.contains($0.day) } ?? []
      try reader.forEach(days: days, before: Resemblance.dayLimit, rowsBefore: loaded?.first) {
        records.append($0)
      }
      try DuplicateSearch.forEachPair(
        records,
        isWanted: { a, b in
          // The days before a stretch are the last ones of another.
          max(a.day, b.day) >= days.lowerBound && (isWanted(a) || isWanted(b))
        }
      ) { a, b, resemblance in
        if try !known.isSettled(a, b) { try body(a, b, resemblance) }
      }
    }
  }

  /// - Parameter rows: leaves out what the load has brought that begins there.
  private func touched(after arrival: Int64, before rows: Int64?) throws -> Set<Int64> {
    try Set(
      Int64.fetchAll(
        db,
        sql: """
          SELECT key FROM records WHERE ?2 IS NULL AND key > \(Snapshot.lastRowThrough)
          UNION SELECT record FROM touches WHERE arrival > ?1
          """, arguments: [arrival, rows]))
  }

  /// The last row that was there at an arrival: rows are made in the order in which changes come, so it is found
  /// from the end.
  private static let lastRowThrough =
    "coalesce((SELECT key FROM records WHERE origin <= ?1 ORDER BY key DESC LIMIT 1), 0)"

  /// About how many records are compared at a time, so that memory does not grow with the store.
  private static let stretchLimit = 150_000

  /// Stretches of days that together hold every record, or every one near what came after `arrival`.
  private func stretches(_ arrival: Int64?) throws -> [ClosedRange<Int32>] {
    var range = "date IS NOT NULL"
    if let arrival {
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT min(date), max(date) FROM records WHERE key IN (
            SELECT key FROM records WHERE key > \(Snapshot.lastRowThrough)
            UNION SELECT record FROM touches WHERE arrival > ?1)
          """, arguments: [arrival])
      guard let first = row?[0] as Int64?, let last = row?[1] as Int64? else { return [] }
      let limit = Int64(Resemblance.dayLimit)
      range = "date BETWEEN \(first - limit) AND \(last + limit)"
    }
    let rows = try Row.fetchCursor(
      db, sql: "SELECT date, count(*) FROM records WHERE \(range) GROUP BY date ORDER BY date")
    var stretches: [ClosedRange<Int32>] = []
    var count = 0
    while let row = try rows.next() {
      let day = Int32(clamping: row[0] as Int64)
      count += row[1] as Int
      if let last = stretches.last, count <= Snapshot.stretchLimit {
        stretches[stretches.count - 1] = last.lowerBound...day
      } else {
        stretches.append(day...day)
        count = row[1]
      }
    }
    return stretches
  }
}

/// Records as the search for duplicates sees them.
private struct LikenessReader {
  private let reader: Snapshot.RecordReader
  private let db: Database
  private let fields: [LikenessFields]
  private var names = ShapeMemo()

  init(_ snapshot: Snapshot) throws {
    db = snapshot.db
    reader = try Snapshot.RecordReader(snapshot)
    let pack = reader.pack
    fields = pack.kinds.map { LikenessFields($0, pack) }
  }

  mutating func likeness(_ view: RecordView) -> Likeness? {
    guard let kind = view.kind, let content = view.content, let key = view.row else { return nil }
    return likeness(content, kind, key: key, id: view.id, view.space)
  }

  mutating func likeness(
    _ content: RecordContent, _ kind: Kind, key: Int64, id: RecordID, _ space: Space
  ) -> Likeness? {
    guard let position = reader.pack.kindPosition(kind.code) else { return nil }
    return Likeness(
      content, kind: position, fields: fields[position], key: key, id: id, division: space.division,
      names: &names)
  }

  /// In the order of their rows: what came in together is read together.
  ///
  /// - Parameters:
  ///   - before: how many days before those belong to them too, `after` how many after.
  ///   - kinds: nil for all that have a day.
  ///   - rows: leaves out this row and those that came in after it.
  mutating func forEach(
    days: ClosedRange<Int32>, before: Int32, after: Int32 = 0, kinds: [String]? = nil,
    rowsBefore rows: Int64? = nil, _ body: (Likeness) throws -> Void
  ) throws {
    let pack = reader.pack
    let compared = kinds ?? pack.kinds.indices.filter { fields[$0].date != nil }.map { pack.kinds[$0].code }
    let marks = compared.map { _ in "?" }.joined(separator: ",")
    let arguments: [any DatabaseValueConvertible] = [
      Int64(days.lowerBound) - Int64(before), Int64(days.upperBound) + Int64(after), rows ?? .max,
    ]
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT \(RecordRow.columns) FROM records
        WHERE date BETWEEN ? AND ? AND key < ? AND flags & 1 = 0 AND kind IN (\(marks)) ORDER BY key
        """, arguments: StatementArguments(arguments + compared))
    while let row = try rows.next() {
      guard let (kind, content) = try reader.content(row), let id = RecordID(row[RecordRow.idColumn] as Data),
        let space = reader.spaces[row[RecordRow.spaceColumn]],
        let likeness = likeness(content, kind, key: row[0], id: id, space)
      else { continue }
      try body(likeness)
    }
  }
}

/// Pairs of which it is known what they are: a person said so, or one was made in place of the other.
private struct KnownPairs {
  private let snapshot: Snapshot
  private let links: LinkedRecords
  private let dismissed: Set<[RecordID]>
  private let isAnyMoved: Bool

  init(_ snapshot: Snapshot) throws {
    self.snapshot = snapshot
    let pairs = PairTable(snapshot.db)
    isAnyMoved = try snapshot.isAnyMoved()
    links = LinkedRecords(try pairs.all(.links))
    dismissed = Set(
      try pairs.all(.dismissals).map { [min($0.record, $0.other), max($0.record, $0.other)] })
  }

  func isSettled(_ a: Likeness, _ b: Likeness) throws -> Bool {
    try links.areLinked(a.id, b.id)
      || (!dismissed.isEmpty && dismissed.contains([min(a.id, b.id), max(a.id, b.id)]))
      || isMoved(a, to: b) || isMoved(b, to: a)
  }

  /// Whether the one was made in place of the other, which is present all the same because its deletion is in dispute: that
  /// conflict names both.
  private func isMoved(_ origin: Likeness, to heir: Likeness) throws -> Bool {
    guard isAnyMoved, try snapshot.origin(ofRecord: heir.key)?.record == origin.id else { return false }
    let heirs = try snapshot.records(heir.id).filter { $0.row == heir.key }
    let origins = try snapshot.records(origin.id).filter { $0.row == origin.key }
    guard let from = origins.first, let to = heirs.first else { return false }
    return try snapshot.isMoved(from, to: to)
  }
}

extension Commit {
  /// The same as `Snapshot.suspectCount`, of a transaction that may have indexed as it went: then what the load
  /// brought is not read back.
  public func suspectCount(since arrival: Int64) throws -> Int {
    try snapshot.suspectCount(since: arrival, try loadedLikenesses(since: arrival))
  }

  /// - Returns: nil where they are not what the records show now, or not all.
  private func loadedLikenesses(since arrival: Int64) throws -> LoadedLikenesses? {
    guard let loaded = indexing?.likenesses(), !loaded.isPartial, let first = loaded.first else { return nil }
    let isTouched = try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM touches WHERE arrival > ? AND record >= ?)",
      arguments: [arrival, first])
    return isTouched == true ? nil : loaded
  }
}
