internal import Campaign
internal import Foundation
internal import GRDB
public import Ledger

/// Which records are wanted.
public struct RecordFilter: Sendable {
  public var kind: String?
  /// Only records of these divisions.
  public var divisions: Set<DivisionCode>?
  /// A plan item: it, or one below it.
  public var item: String?
  /// Days since 1970, both included.
  public var from: Int32?
  public var to: Int32?
  public var isConflicted = false
  /// Deleted records only; without it they are left out; nil for both.
  public var isDeleted: Bool? = false
  public var isMarked = false
  /// What the view has to show, beyond the columns.
  public var matches: (@Sendable (RecordView) -> Bool)?
  public var limit: Int?

  public init() {}
}

extension Snapshot {
  /// Gives the records that a filter lets through to `body`, ascending by date, then as they came, until it
  /// returns false.
  public func forEachRecord(_ filter: RecordFilter, _ body: (RecordView) throws -> Bool) throws {
    let reader = try RecordReader(self)
    let clause = Clause(filter, spaces: reader.spaces)
    var left = filter.limit ?? .max
    let rows = try Row.fetchCursor(
      db,
      sql: "SELECT \(RecordRow.columns) FROM records WHERE \(clause.text) ORDER BY date, key",
      arguments: StatementArguments(clause.arguments))
    while left > 0, let row = try rows.next() {
      guard let view = try reader.view(row) else { continue }
      if let matches = filter.matches, !matches(view) { continue }
      left -= 1
      if try !body(view) { return }
    }
  }

  /// Gives what certain records show to `body`, in the order of their keys; those not shown are passed over.
  func forEachContent(keys: [Int64], _ body: (IndexedRecord) -> Void) throws {
    let reader = try RecordReader(self)
    var filter = RecordFilter()
    filter.isDeleted = nil
    let rows = try reader.rows(keys, Clause(filter, spaces: reader.spaces))
    while let row = try rows.next() {
      guard let (kind, content) = try reader.content(row) else { continue }
      body(IndexedRecord(key: row[0], kind: kind, content: content, day: row[RecordReader.dateColumn]))
    }
  }

  /// Rows to views, with what all of them need read once.
  struct RecordReader {
    let pack: Pack
    let known: KnownOffices
    let decoded: DecodedChanges
    let spaces: [Int64: Space]
    private let db: Database

    init(_ snapshot: Snapshot) throws {
      db = snapshot.db
      pack = try snapshot.pack()
      known = try snapshot.knownOffices()
      decoded = snapshot.decoded
      var spaces: [Int64: Space] = [:]
      for key in try Int64.fetchAll(snapshot.db.cachedStatement(sql: "SELECT key FROM spaces")) {
        spaces[key] = try snapshot.space(key: key)
      }
      self.spaces = spaces
    }

    static let dateColumn = RecordRow.columns.split(separator: ",").count

    /// Those of certain records that a clause lets through, in the order of their keys: `RecordRow`'s columns,
    /// then the date.
    func rows(_ keys: [Int64], _ clause: Clause) throws -> RowCursor {
      let list = "[" + keys.map(String.init).joined(separator: ",") + "]"
      return try Row.fetchCursor(
        db,
        sql: """
          SELECT \(RecordRow.columns), date FROM records
          WHERE key IN (SELECT value FROM json_each(?)) AND \(clause.text) ORDER BY key
          """, arguments: StatementArguments([list] + clause.arguments))
    }

    /// What a record shows; nil where the pack in force does not know its kind.
    func content(_ row: Row) throws -> (Kind, RecordContent)? {
      guard row.hasNull(atIndex: RecordRow.stateColumn) else {
        guard let view = try view(row), let kind = view.kind, let content = view.content else { return nil }
        return (kind, content)
      }
      return try fresh(row).map { ($0.kind, $0.content) }
    }

    /// What a record shows that nothing has touched since it was made, and who made it: its change says all of
    /// that, no state is needed.
    ///
    /// - Parameter selection: the cells that are wanted; nil for all.
    /// - Returns: nil where the pack in force does not know its kind.
    func fresh(
      _ row: Row, _ selection: CellSelection? = nil
    ) throws -> (kind: Kind, content: RecordContent, author: NodeID)? {
      let (mutation, author) = try decoded.creation(
        origin: row[RecordRow.originColumn], position: row[RecordRow.positionColumn], selection: selection)
      guard let record = FreshRecord(mutation, pack), let kind = record.kind, let content = record.content
      else { return nil }
      return (kind, content, author)
    }

    func view(_ row: Row) throws -> RecordView? {
      let record = try RecordRow(row)
      guard let space = spaces[record.space] else { return nil }
      return RecordView(
        try record.state(decoded, space: space), record, space: space, pack: pack, offices: known)
    }
  }

  struct Clause {
    var conditions = ["kind IS NOT NULL"]
    var arguments: [any DatabaseValueConvertible] = []
    var text: String { conditions.joined(separator: " AND ") }

    init(_ filter: RecordFilter, spaces: [Int64: Space]) {
      if let isDeleted = filter.isDeleted { conditions.append("flags & 1 = \(isDeleted ? 1 : 0)") }
      if filter.isConflicted { conditions.append("flags & 2 = 2") }
      if filter.isMarked { conditions.append("flags & 4 = 4") }
      if let kind = filter.kind { add("kind = ?", kind) }
      if let from = filter.from { add("date >= ?", Int64(from)) }
      if let to = filter.to { add("date <= ?", Int64(to)) }
      if let item = filter.item {
        conditions.append("(instr(items, ?) > 0 OR instr(items, ?) > 0)")
        arguments.append(";\(item);")
        arguments.append(";\(item).")
      }
      if let divisions = filter.divisions,
        divisions.count < Set(spaces.values.map(\.division)).count
          || !spaces.values.allSatisfy({ divisions.contains($0.division) })
      {
        let keys = spaces.filter { divisions.contains($0.value.division) }.map { String($0.key) }.sorted()
        conditions.append("space IN (\(keys.joined(separator: ",")))")
      }
    }

    private mutating func add(_ condition: String, _ argument: any DatabaseValueConvertible) {
      conditions.append(condition)
      arguments.append(argument)
    }
  }

  // MARK: one record

  /// The one record whose id begins with `prefix` (4 or more hex digits, hyphens do not matter).
  public func record(prefix: String) throws -> RecordView {
    let row = try row(prefix: prefix)
    return try view(row)
  }

  public func record(_ id: RecordID, in space: Space) throws -> RecordView? {
    guard let spaceKey = try LogRegistry(db).existingSpace(space)?.key else { return nil }
    return try RecordRow.find(db, id: id, space: spaceKey).map(view)
  }

  /// Every record with this id, in whatever space.
  public func records(_ id: RecordID) throws -> [RecordView] {
    let statement = try db.cachedStatement(sql: "SELECT \(RecordRow.columns) FROM records WHERE id = ?")
    return try Row.fetchAll(statement, arguments: [Data(id.bytes)]).map { try view(RecordRow($0)) }
  }

  func view(_ row: RecordRow) throws -> RecordView {
    let space = try space(key: row.space)
    let state = try row.state(decoded, space: space)
    return RecordView(state, row, space: space, pack: try pack(), offices: try knownOffices())
  }

  private func row(prefix: String) throws -> RecordRow {
    let hex = prefix.lowercased().filter { $0 != "-" }
    guard hex.count >= 4 else { throw StoreError.shortPrefix(prefix) }
    guard hex.count <= 32, let low = RecordID.bound(hex, fill: "0"),
      let high = RecordID.bound(hex, fill: "f")
    else { throw StoreError.noRecord(prefix: prefix) }
    let statement = try db.cachedStatement(
      sql: "SELECT \(RecordRow.columns) FROM records WHERE id BETWEEN ? AND ? AND kind IS NOT NULL LIMIT 6")
    let rows = try Row.fetchAll(statement, arguments: [Data(low.bytes), Data(high.bytes)])
    guard let first = rows.first else { throw StoreError.noRecord(prefix: prefix) }
    guard rows.count == 1 else {
      let count = try Int.fetchOne(
        db, sql: "SELECT count(*) FROM records WHERE id BETWEEN ? AND ? AND kind IS NOT NULL",
        arguments: [Data(low.bytes), Data(high.bytes)])
      throw StoreError.ambiguousRecord(
        prefix: prefix, matches: try rows.map { try RecordRow($0).id.description }, count: count ?? rows.count
      )
    }
    return try RecordRow(first)
  }

  /// The first digits of a record's id that mean no other record here, as `record(prefix:)` takes them.
  ///
  /// - Parameter count: how many digits there are at least.
  public func shortestPrefix(of id: RecordID, atLeast count: Int) throws -> String {
    let text = id.description
    let digits = text.filter { $0 != "-" }
    let neighbours = try [
      "id < ? AND kind IS NOT NULL ORDER BY id DESC", "id > ? AND kind IS NOT NULL ORDER BY id",
    ]
    .compactMap { condition -> String? in
      let statement = try db.cachedStatement(sql: "SELECT id FROM records WHERE \(condition) LIMIT 1")
      return try Data.fetchOne(statement, arguments: [Data(id.bytes)]).flatMap { RecordID($0)?.description }
    }
    let shared = neighbours.map { digits.commonPrefix(with: $0.filter { $0 != "-" }).count }.max() ?? 0
    var left = max(count, shared + 1)
    return String(
      text.prefix { character in
        guard left > 0 else { return false }
        if character != "-" { left -= 1 }
        return true
      })
  }

  // MARK: counts

  public func recordCount() throws -> Int {
    try Int.fetchOne(db, sql: "SELECT count(*) FROM records WHERE kind IS NOT NULL AND flags & 1 = 0") ?? 0
  }

  /// Records that came into being here after `arrival`, by what was taken in from others.
  public func newCount(after arrival: Int64) throws -> Int {
    try Int.fetchOne(
      db,
      sql: """
        SELECT count(*) FROM records r JOIN changes c ON c.arrival = r.origin
        WHERE r.origin > ? AND c.source <> 0 AND r.kind IS NOT NULL AND r.flags & 1 = 0
        """, arguments: [arrival]) ?? 0
  }

  /// Records that were here at `arrival` and that something taken in from others since then has touched.
  public func changedCount(after arrival: Int64) throws -> Int {
    try Int.fetchOne(
      db,
      sql: """
        SELECT count(DISTINCT t.record) FROM touches t JOIN changes c ON c.arrival = t.arrival
        JOIN records r ON r.key = t.record
        WHERE t.arrival > ?1 AND r.origin <= ?1 AND c.source <> 0 AND r.kind IS NOT NULL
        """, arguments: [arrival]) ?? 0
  }

  /// How many changes of each author were taken in from others after `arrival`, most first.
  public func changesByAuthor(after arrival: Int64) throws -> [(node: NodeID, changes: Int)] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT b.node, count(*) FROM changes c JOIN branches b ON b.key = c.branch
        WHERE c.arrival > ? AND c.source <> 0 GROUP BY b.node ORDER BY 2 DESC, 1
        """, arguments: [arrival]
    ).compactMap { row in NodeID(row[0] as Data).map { ($0, row[1]) } }
  }

  public func changeCount() throws -> Int {
    try Int.fetchOne(db, sql: "SELECT coalesce(sum(n - base_n), 0) FROM branches WHERE NOT withdrawn") ?? 0
  }

  /// Changes that are kept and lie beyond what revocations honour.
  public func revokedCount() throws -> Int {
    try Int.fetchOne(
      db, sql: "SELECT coalesce(sum(n - base_n), 0) FROM branches WHERE withdrawn = ?",
      arguments: [Withdrawal.revoked.rawValue]) ?? 0
  }

  public func logCount() throws -> Int {
    try Int.fetchOne(db, sql: "SELECT count(*) FROM branches WHERE n > 0 AND NOT withdrawn") ?? 0
  }

  /// Open conflicts: fields, not records.
  public func conflictCount() throws -> Int {
    try Int.fetchOne(
      db,
      sql:
        "SELECT count(*) FROM conflicts c JOIN records r ON r.key = c.record WHERE r.kind IS NOT NULL AND r.flags & 1 = 0"
    ) ?? 0
  }

  /// The records that share a unique value with this one.
  public func sharingUniqueValue(with view: RecordView, field: String) throws -> [RecordID] {
    guard let row = view.row else { return [] }
    let pack = try pack()
    let linked = try PairTable(db).linked(with: view.id)
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT u.rule, r.id FROM unique_values mine JOIN unique_values u ON u.rule = mine.rule AND u.value = mine.value
        JOIN records r ON r.key = u.record WHERE mine.record = ?1 AND u.record <> ?1 ORDER BY r.id
        """, arguments: [row])
    return rows.compactMap { line in
      guard UniqueValue(rule: line[0], value: Data()).field(pack) == field else { return nil }
      return RecordID(line[1] as Data).flatMap { linked.contains($0) ? nil : $0 }
    }
  }

  /// The reasons for which a record's conflicts are open, by field.
  public func conflicts(of view: RecordView) throws -> [(field: String, reason: ConflictReason)] {
    guard view.isFlagged, let row = view.row else { return [] }
    let statement = try db.cachedStatement(
      sql: "SELECT field, reason FROM conflicts WHERE record = ? ORDER BY field, reason")
    return try Row.fetchAll(statement, arguments: [row]).compactMap { line in
      ConflictReason(rawValue: line[1]).map { (line[0], $0) }
    }
  }
}

extension RecordView {
  init(
    _ state: RecordState, _ row: RecordRow, space: Space, pack: Pack, offices: some OfficeDirectory
  ) {
    self.init(state, id: row.id, space: space, pack: pack, offices: offices)
    self.row = row.key
    isFlagged = row.flags & DerivedColumns.conflicted != 0
  }
}

extension RecordID {
  /// The least or greatest id that begins with some hex digits.
  fileprivate static func bound(_ hex: String, fill: Character) -> RecordID? {
    [UInt8](hex: hex + String(repeating: fill, count: 32 - hex.count)).flatMap { RecordID($0) }
  }
}
