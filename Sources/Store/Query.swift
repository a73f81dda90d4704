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

  /// The one record whose id begins with `prefix`: 4 or more hex digits (hyphens do not matter), or a division's code, a
  /// slash, and such digits, where records of two divisions have one id.
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
    let parts = prefix.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let division = parts.count == 2 ? String(parts[0]) : nil
    let hex = (parts.last ?? "").lowercased().filter { $0 != "-" }
    guard hex.count >= 4 else { throw StoreError.shortPrefix(prefix) }
    guard hex.count <= 32, let low = RecordID.bound(hex, fill: "0"),
      let high = RecordID.bound(hex, fill: "f")
    else { throw StoreError.noRecord(prefix: prefix) }
    var condition = "id BETWEEN ? AND ? AND kind IS NOT NULL"
    var arguments: StatementArguments = [Data(low.bytes), Data(high.bytes)]
    if let division {
      condition += " AND space IN (SELECT key FROM spaces WHERE division = ?)"
      arguments += [division]
    }
    let statement = try db.cachedStatement(
      sql: "SELECT \(RecordRow.columns) FROM records WHERE \(condition) LIMIT 6")
    let rows = try Row.fetchAll(statement, arguments: arguments).map { try RecordRow($0) }
    guard let first = rows.first else { throw StoreError.noRecord(prefix: prefix) }
    guard rows.count == 1 else {
      let count = try Int.fetchOne(
        db, sql: "SELECT count(*) FROM records WHERE \(condition)", arguments: arguments)
      throw StoreError.ambiguousRecord(
        prefix: prefix, matches: try names(rows), count: count ?? rows.count)
    }
    return first
  }

  /// What tells records apart: their ids, and of two with one id the division as well.
  private func names(_ rows: [RecordRow]) throws -> [String] {
    try rows.map { row in
      guard rows.contains(where: { $0.id == row.id && $0.key != row.key }) else { return row.id.description }
      return "\(try space(key: row.space).division)/\(row.id)"
    }
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

  public func changeCount() throws -> Int {
    try Int.fetchOne(db, sql: "SELECT coalesce(sum(n - base_n), 0) FROM branches WHERE NOT withdrawn") ?? 0
  }

  /// Changes that are kept and lie beyond what revocations honour.
  public func withdrawnCount() throws -> Int {
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

  /// How many records name something that has not arrived and may come yet.
  public func incompleteCount() throws -> Int {
    try Int.fetchOne(
      db,
      sql: "SELECT count(*) FROM records WHERE key IN (SELECT record FROM awaited) AND flags & ? <> 0",
      arguments: [DerivedColumns.incomplete]) ?? 0
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
