internal import Campaign
internal import Foundation
internal import GRDB
internal import Ledger

/// Every record's state, made anew from the logs, and what is derived from it, held against the tables. Records come
/// in the order of their rows, and the tables are walked through beside them.
struct RecordVerification {
  static let query = """
    SELECT \(RecordRow.columns), CAST(kind AS BLOB) AS kind, date, CAST(items AS BLOB) AS items
    FROM records ORDER BY key
    """

  private let snapshot: Snapshot
  private let replay: Replay
  private let pack: Pack
  private let offices: KnownOffices
  private let roles: KindRoles
  private let withdrawn: Set<Int64>
  /// The fields of records whose unique values others have, by the tables of values and links themselves.
  private let shared: [Int64: Set<String>]
  private var touches: RowsByRecord
  private var conflicts: RowsByRecord
  private var uniqueValues: RowsByRecord
  private var pairs: RowsByRecord
  private var awaited: RowsByRecord
  /// By space, the sum of the states' hashes.
  private(set) var sums: [Int64: Hash256] = [:]

  init(_ snapshot: Snapshot) throws {
    let db = snapshot.db
    self.snapshot = snapshot
    replay = Replay(db, LogRegistry(db), snapshot.decoded)
    pack = try snapshot.pack()
    offices = try snapshot.knownOffices()
    roles = KindRoles(pack)
    withdrawn = try Set(
      Int64.fetchAll(
        db, sql: "SELECT arrival FROM changes WHERE branch IN (SELECT key FROM branches WHERE withdrawn)"))
    shared = try UniqueValueTable(db, pack, SharedValues(db)).contestedFields()
    touches = try RowsByRecord(db, "SELECT DISTINCT record FROM touches ORDER BY record")
    conflicts = try RowsByRecord(db, "SELECT record, field, reason FROM conflicts ORDER BY record")
    uniqueValues = try RowsByRecord(db, "SELECT record, rule, value FROM unique_values ORDER BY record")
    pairs = try RowsByRecord(db, "SELECT record, cell, other FROM pairs ORDER BY record")
    awaited = try RowsByRecord(db, "SELECT record, node, epoch, n FROM awaited ORDER BY record")
  }

  mutating func check(_ row: Row, _ report: inout Verification) throws {
    let record = try RecordRow(row)
    let space = try snapshot.space(key: record.space)
    func note(_ problem: String) {
      report.note(log: space.description, problem, detail: record.id.description)
    }
    let wasTouched = try !touches.rows(of: record.key).isEmpty
    let rows = try DerivedRows(
      conflicts: conflicts.rows(of: record.key), uniqueValues: uniqueValues.rows(of: record.key),
      pairs: pairs.rows(of: record.key), awaited: awaited.rows(of: record.key))
    guard let state = try? record.state(snapshot.decoded, space: space) else {
      return note("unreadable-record")
    }
    // A record that nothing has touched points into the log, which has been read just now.
    let isDerived = record.encodedState != nil || wasTouched || withdrawn.contains(record.origin)
    if isDerived, (try? replay.state(of: record).encoded) != state.encoded { note("state-mismatch") }
    let view = RecordView(state, id: record.id, space: space, pack: pack, offices: offices)
    let shared = shared[record.key] ?? []
    if !fits(DerivedColumns(view, roles), row, shared) { note("column-mismatch") }
    if !rows.conflictsFit(view, shared) { note("conflict-mismatch") }
    if !rows.uniqueValuesFit(view, offices) { note("unique-mismatch") }
    if !rows.pairsFit(state) { note("pair-mismatch") }
    if !rows.awaitedFit(state) { note("awaited-mismatch") }
    if try !attachmentsFit(record, state) { note("attachment-mismatch") }
    // Nothing that counts made it: on another store it does not exist.
    guard !state.isEmpty else { return }
    sums[record.space, default: .zero] =
      sums[record.space, default: .zero] &+ state.hash(of: record.id, in: space)
  }

  /// Whether what is looked up of a record's attachments is what its state says.
  private func attachmentsFit(_ record: RecordRow, _ state: RecordState) throws -> Bool {
    let statement = try snapshot.db.cachedStatement(
      sql: "SELECT content, bytes, name FROM attachments WHERE record = ? ORDER BY name, content, bytes")
    let rows = try Row.fetchAll(statement, arguments: [record.key])
    let said = AttachmentTable.attachments(of: state).map(\.attachment)
    guard !rows.isEmpty || !said.isEmpty else { return true }
    guard try MissingTable(snapshot.db).fits(record: record.key) else { return false }
    return try rows.map { Attachment(content: try hash($0[0] as Data), byteCount: $0[1], name: $0[2]) }
      == said
  }

  /// Rows of records that do not exist.
  mutating func finish(_ report: inout Verification) throws {
    for (table, problem) in [
      (try touches.strays(), "touch-mismatch"), (try conflicts.strays(), "conflict-mismatch"),
      (try uniqueValues.strays(), "unique-mismatch"), (try pairs.strays(), "pair-mismatch"),
      (try awaited.strays(), "awaited-mismatch"),
    ] where table > 0 {
      report.note(log: Store.fileName, problem)
    }
  }

  private func fits(_ columns: DerivedColumns, _ row: Row, _ shared: Set<String>) -> Bool {
    // As bytes: a text would be read up to its first U+0000 only.
    func text(_ column: String) -> [UInt8]? { (row[column] as Data?).map { Array($0) } }
    let flags = columns.flags | (shared.isEmpty ? 0 : DerivedColumns.conflicted)
    return text("kind") == columns.kind.map { Array($0.utf8) } && (row["date"] as Int64?) == columns.date
      && text("items") == columns.items.map { Array($0.utf8) }
      && (row["flags"] as Int64) == flags
  }
}

/// What the derived tables say of one record.
private struct DerivedRows {
  var conflicts: [Row]
  var uniqueValues: [Row]
  var pairs: [Row]
  var awaited: [Row]

  private struct Conflict: Hashable {
    var field: String
    var reason: UInt8
  }

  func conflictsFit(_ view: RecordView, _ shared: Set<String>) -> Bool {
    let found = Set(conflicts.map { Conflict(field: $0[1], reason: $0[2]) })
    var wanted = Set(view.conflicts.map { Conflict(field: $0, reason: ConflictReason.concurrent.rawValue) })
    wanted.formUnion(shared.map { Conflict(field: $0, reason: ConflictReason.unique.rawValue) })
    if view.existence == .disputed {
      wanted.insert(Conflict(field: "deleted", reason: ConflictReason.deleted.rawValue))
    }
    if let cell = view.invalid.first {
      wanted.insert(Conflict(field: view.code(ofCell: cell), reason: ConflictReason.invalid.rawValue))
    }
    return found == wanted
  }

  func uniqueValuesFit(_ view: RecordView, _ offices: KnownOffices) -> Bool {
    let wanted =
      view.existence == .deleted
      ? []
      : UniqueValue.all(
        view.kind, view.content, view.space, office: view.created.map { offices.office(of: $0.author) },
        origin: view.origin)
    return Set(uniqueValues.map { UniqueValue(rule: $0[1], value: $0[2]) }) == Set(wanted)
  }

  func pairsFit(_ state: RecordState) -> Bool {
    struct Pair: Hashable {
      var cell: UInt32
      var other: Data
    }
    let wanted = PairCell.allCases.flatMap { cell in
      state.others(cell).map { Pair(cell: cell.rawValue, other: Data($0.bytes)) }
    }
    return Set(pairs.map { Pair(cell: $0[1], other: $0[2]) }) == Set(wanted)
  }

  /// Each change that the state awaits. One that it awaits no more does no harm: it is looked for once.
  func awaitedFit(_ state: RecordState) -> Bool {
    struct Place: Hashable {
      var node: Data
      var epoch: Int64
      var n: Int64
    }
    let awaited = Set(awaited.map { Place(node: $0[1], epoch: $0[2], n: $0[3]) })
    return state.awaitedChanges.allSatisfy { change in
      awaited.contains(
        Place(node: change.log.node.hash.data, epoch: Int64(bitPattern: change.log.epoch), n: Int64(change.n))
      )
    }
  }
}

/// The rows of a derived table, in the order of the records that they are of.
struct RowsByRecord {
  private let cursor: RowCursor
  private var next: Row?
  private var strayCount = 0

  /// - Parameter sql: its first column is the record's key, in ascending order.
  init(_ db: Database, _ sql: String) throws {
    cursor = try Row.fetchCursor(db, sql: sql)
    next = try cursor.next()?.copy()
  }

  /// - Parameter record: greater than the one before.
  mutating func rows(of record: Int64) throws -> [Row] {
    var rows: [Row] = []
    while let row = next, (row[0] as Int64) <= record {
      if (row[0] as Int64) == record { rows.append(row) } else { strayCount += 1 }
      next = try cursor.next()?.copy()
    }
    return rows
  }

  /// How many rows are of none of the records that were asked for.
  mutating func strays() throws -> Int {
    while next != nil {
      strayCount += 1
      next = try cursor.next()?.copy()
    }
    return strayCount
  }
}
