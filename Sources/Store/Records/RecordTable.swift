internal import Campaign
internal import Foundation
internal import GRDB
internal import Ledger

/// Record states and what is derived from them. A batch's touches are merged in memory, and written at its end.
///
/// A record that one change made and none touched since has no state of its own: its row points into the log.
final class RecordTable {
  /// One mutation on its way in.
  struct Touch {
    var mutation: Mutation
    var firstK: UInt32
    var change: ChangeRef
    var time: Int64
    var arrival: Int64
    var position: Int
    /// The mutation's share of its change's bytes.
    var bytes: Int
    /// The hash of the state that the mutation makes, where it makes a record and nothing else.
    var freshState: Hash256?
  }

  unowned let commit: Commit
  private var db: Database { commit.db }
  private let insertion: HotStatement
  private var openStates = OpenStates()
  /// Between them links came or went, and what only one may have is not judged yet: a chain of records that is linked
  /// in one batch would be gone through once a link.
  private var relinked: Set<RecordID> = []
  let shared: SharedValues

  init(_ commit: Commit) throws {
    self.commit = commit
    shared = SharedValues(commit.db)
    insertion = try HotStatement(
      commit.db,
      """
      INSERT INTO records(space, id, kind, date, items, flags, origin, position)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
      """)
  }

  func conflicts() throws -> ConflictTable {
    ConflictTable(db, try commit.pack(), try commit.offices(), shared)
  }

  func apply(_ touch: Touch) throws {
    let space = touch.change.log.space
    let naming = RecordNaming(db: db, logs: commit.logs, decoded: commit.decoded)
    guard let id = try naming.record(of: touch.mutation.target, in: touch.change) else { return }
    if touch.mutation.creation != nil, touch.mutation.writes.allSatisfy({ $0.supersedes.isEmpty }),
      try insertNew(touch, id: id, space: space)
    {
      return
    }
    try merge(touch, id: id, space: space)
  }

  /// Notes that a change which does not count touches a record, so that the record is made anew where it comes to.
  func note(_ touch: Touch) throws {
    let space = touch.change.log.space
    let naming = RecordNaming(db: db, logs: commit.logs, decoded: commit.decoded)
    guard let id = try naming.record(of: touch.mutation.target, in: touch.change) else { return }
    if let found = try RecordRow.find(db, id: id, space: try commit.logs.space(space).key) {
      try noteTouch(touch, of: found.key)
    } else {
      // It has a state of its own, an empty one: without one its row would show what the change makes.
      let key = try insertRow(touch, id: id, space: space)
      try save(RecordState(), key: key, id: id, space: space, before: nil)
    }
  }

  // MARK: a new record

  /// - Returns: false where the record is here already.
  func insertNew(_ touch: Touch, id: RecordID, space: Space) throws -> Bool {
    // What names other records bears on them, and attachments may be missing: that is `save`'s to see to.
    guard !touch.mutation.writes.contains(where: { $0.cell >= PairCell.firstNumber }) else { return false }
    guard let state = touch.freshState, let record = FreshRecord(touch.mutation, try commit.pack()) else {
      return false
    }
    let spaceKey = try commit.logs.space(space).key
    let columns = DerivedColumns(record, try commit.roles())
    try insertion.run { values in
      values.add(spaceKey)
      values.add(id)
      values.add(columns.kind)
      values.add(columns.date)
      values.add(columns.items)
      values.add(columns.flags)
      values.add(touch.arrival)
      values.add(Int64(touch.position))
    }
    guard db.changesCount > 0 else { return false }
    let key = db.lastInsertedRowID
    try commit.logs.replaceState(in: space, nil, state)
    try judgeRelinked()
    try conflicts().noteUniqueValues(
      record: key, kind: record.kind, content: record.content, space: space,
      author: touch.change.log.node, origin: touch.mutation.creation?.origin)
    if let kind = record.kind, let content = record.content {
      let indexed = IndexedRecord(key: key, kind: kind, content: content, day: columns.date)
      commit.indexing?.add(indexed, (id, space.division))
    }
    return true
  }

  // MARK: a record that is here

  private func merge(_ touch: Touch, id: RecordID, space: Space) throws {
    let entry = try open(touch, id: id, space: space)
    entry.state.apply(
      touch.mutation, firstK: touch.firstK, of: touch.change, time: touch.time, knowledge: commit.logs)
    openStates.note(touch.bytes + touch.mutation.partBytes, on: entry)
    while let surplus = openStates.takeSurplus(but: entry) { try close(surplus) }
  }

  /// The record's state, and a row for the touch.
  private func open(_ touch: Touch, id: RecordID, space: Space) throws -> OpenStates.Entry {
    if let entry = openStates.entry(id, in: space) {
      try noteTouch(touch, of: entry.key)
      return entry
    }
    let spaceKey = try commit.logs.space(space).key
    if let row = try RecordRow.find(db, id: id, space: spaceKey) {
      try noteTouch(touch, of: row.key)
      return try open(row, in: space)
    }
    let key = try insertRow(touch, id: id, space: space)
    let entry = OpenStates.Entry(key: key, id: id, space: space, RecordState(), bytes: 0)
    openStates.add(entry)
    return entry
  }

  private func open(_ row: RecordRow, in space: Space) throws -> OpenStates.Entry {
    let state = try row.state(commit.decoded, space: space)
    // Dots stand there in full that the encoded form says by a number.
    let bytes = 4 * (row.encodedState?.count ?? 0)
    let entry = OpenStates.Entry(key: row.key, id: row.id, space: space, state, bytes: bytes)
    openStates.add(entry)
    return entry
  }

  /// Writes what is open. Until then nothing but this table knows how the batch has left its records: whoever reads
  /// one, or what is derived from it, comes after this.
  func writeOpenStates() throws {
    for entry in openStates.takeAll() { try close(entry) }
    try judgeRelinked()
  }

  private func judgeRelinked() throws {
    guard !relinked.isEmpty else { return }
    defer { relinked = [] }
    try conflicts().judgeUniqueValues(relinked: relinked)
  }

  /// Derives anew what is shown of a record: what has not arrived of what it names may never come, or may come yet.
  func derive(_ key: Int64) throws {
    guard let row = try RecordRow.find(db, key: key) else { return }
    let space = try commit.logs.space(key: row.space)
    let state = try row.state(commit.decoded, space: space)
    let hash = state.isEmpty ? nil : state.hash(of: row.id, in: space)
    try save(state, key: key, id: row.id, space: space, before: hash)
  }

  /// See `ConflictTable.replaceUniqueValues`.
  func judgeUniqueValues(of key: Int64) throws {
    guard let row = try RecordRow.find(db, key: key) else { return }
    let space = try commit.logs.space(key: row.space)
    let view = RecordView(
      try row.state(commit.decoded, space: space), id: row.id, space: space, pack: try commit.pack(),
      offices: try commit.offices())
    try conflicts().replaceUniqueValues(record: key, view: view)
  }

  private func close(_ entry: OpenStates.Entry) throws {
    try write(entry.state, key: entry.key, id: entry.id, space: entry.space, before: entry.before)
    try noteAwaited(entry.state.awaitedChanges.subtracting(entry.awaitedBefore), record: entry.key)
  }

  func noteTouch(_ touch: Touch, of key: Int64) throws {
    let touches = try HotStatement(db, "INSERT OR IGNORE INTO touches(record, arrival) VALUES (?, ?)")
    try touches.run { values in
      values.add(key)
      values.add(touch.arrival)
    }
  }

  func insertRow(_ touch: Touch, id: RecordID, space: Space) throws -> Int64 {
    try db.cachedStatement(
      sql: "INSERT INTO records(space, id, flags, origin, position) VALUES (?, ?, 0, ?, ?)"
    ).execute(arguments: [
      try commit.logs.space(space).key, Data(id.bytes), touch.arrival, touch.position,
    ])
    return db.lastInsertedRowID
  }

  /// Writes a merged state and all that is derived from it.
  func save(_ state: RecordState, key: Int64, id: RecordID, space: Space, before: Hash256?) throws {
    try write(state, key: key, id: id, space: space, before: before)
    try judgeRelinked()
  }

  /// The same, but for what follows from links that came or went.
  private func write(_ state: RecordState, key: Int64, id: RecordID, space: Space, before: Hash256?) throws {
    let encoded = state.encoded
    let view = RecordView(state, id: id, space: space, pack: try commit.pack(), offices: try commit.offices())
    let columns = DerivedColumns(view, try commit.roles())
    try write(encoded, columns, key: key)
    let after = state.isEmpty ? nil : RecordState.hash(ofEncoded: encoded, record: id, space: space)
    try commit.logs.replaceState(in: space, before, after)
    let conflicts = try conflicts()
    // Before values come or go: see `UniqueValueTable.judge`.
    if !relinked.isEmpty, try conflicts.changesUniqueValues(of: key, view: view) { try judgeRelinked() }
    try conflicts.replace(record: key, view: view)
    relinked.formUnion(try PairTable(db).replace(record: key, id: id, state))
    try AttachmentTable(db).replace(record: key, space: commit.logs.space(space).key, state)
    let unindexed = try HotStatement(
      db,
      """
      INSERT INTO unindexed(record, arrival) VALUES (?, ?)
      ON CONFLICT DO UPDATE SET arrival = excluded.arrival
      """)
    try unindexed.run { values in
      values.add(key)
      values.add(commit.lastArrival)
    }
  }

  /// The state, and the columns where one of them changes: SQLite would write their pages and those of the indexes
  /// over them, and most edits change none.
  private func write(_ state: [UInt8], _ columns: DerivedColumns, key: Int64) throws {
    let states = try HotStatement(
      db,
      "INSERT INTO states(record, state) VALUES (?, ?) ON CONFLICT DO UPDATE SET state = excluded.state")
    try states.run { values in
      values.add(key)
      values.add(state)
    }
    let records = try HotStatement(
      db,
      """
      UPDATE records SET kind = ?1, date = ?2, items = ?3, flags = ?4
      WHERE key = ?5 AND NOT (kind IS ?1 AND date IS ?2 AND items IS ?3 AND flags = ?4)
      """)
    try records.run { values in
      values.add(columns.kind)
      values.add(columns.date)
      values.add(columns.items)
      values.add(columns.flags)
      values.add(key)
    }
  }

  // MARK: what has not arrived

  func noteAwaited(_ changes: Set<ChangeRef>, record: Int64) throws {
    for change in changes {
      try db.cachedStatement(
        sql: "INSERT OR IGNORE INTO awaited(node, epoch, n, record) VALUES (?, ?, ?, ?)"
      ).execute(arguments: [
        change.log.node.hash.data, Int64(bitPattern: change.log.epoch), Int64(change.n), record,
      ])
      commit.noteAwaited()
    }
  }

  /// Tells the records that await `change` that it is here, whether it touched them or not.
  func settleAwaited(_ change: ChangeRef) throws {
    let statement = try db.cachedStatement(
      sql: "SELECT record FROM awaited WHERE node = ? AND epoch = ? AND n = ?")
    let place: StatementArguments = [
      change.log.node.hash.data, Int64(bitPattern: change.log.epoch), Int64(change.n),
    ]
    for key in try Int64.fetchAll(statement, arguments: place) {
      guard let entry = try openStates.entry(key: key) ?? open(key: key), entry.space == change.log.space
      else { continue }
      entry.state.noteApplied(change)
      while let surplus = openStates.takeSurplus(but: entry) { try close(surplus) }
      let state = entry.state
      // Another branch's change of this number may be the one that is awaited.
      if state.awaitedChanges.contains(where: { $0.log == change.log && $0.n == change.n }) { continue }
      try db.cachedStatement(
        sql: "DELETE FROM awaited WHERE node = ? AND epoch = ? AND n = ? AND record = ?"
      ).execute(arguments: place + [key])
    }
  }

  private func open(key: Int64) throws -> OpenStates.Entry? {
    guard let row = try RecordRow.find(db, key: key) else { return nil }
    return try open(row, in: try commit.logs.space(key: row.space))
  }
}
