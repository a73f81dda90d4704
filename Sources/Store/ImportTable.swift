internal import Campaign
internal import Foundation
internal import GRDB
public import Ledger

/// What this store last imported of one row: so that the same file again adds nothing, and a mended row is
/// one change against it.
public struct ImportedRow: Sendable {
  /// Where a mutation that an import made stands in the log.
  public struct Place: Sendable {
    public var arrival: Int64
    public var position: Int

    public init(arrival: Int64, position: Int) {
      self.arrival = arrival
      self.position = position
    }
  }

  /// Of the kind and what tells its rows apart.
  public var identity: Hash256
  public var record: RecordID
  /// Of the row as it stood in the file; `forgotten` where that has something that was erased since, which a guess
  /// could be held against.
  public var content: Hash256
  /// All that imports wrote of the record, oldest first; of one that was here before a file named it also what
  /// had been written of it by then, which the file was made of.
  public var places: [Place] = []

  public init(identity: Hash256, record: RecordID, content: Hash256) {
    self.identity = identity
    self.record = record
    self.content = content
  }

  /// What tells a row of a kind from others, by a key or a record's id.
  public static func identity(ofKind code: String, key: [UInt8]) -> Hash256 {
    Hash256(hashing: Array(code.utf8) + [0] + key)
  }

  /// No row's: the next import looks at each cell.
  public static let forgotten = Hash256.zero

  /// The same row with other cells.
  public init(_ last: ImportedRow, content: Hash256) {
    self = last
    self.content = content
  }
}

extension Commit {
  /// Whether this store has imported anything yet.
  public func hasImported() throws -> Bool {
    try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM imported)") ?? false
  }

  /// What was imported of a row, where that counts: what was taken out may be imported again, and is what it was where it
  /// is brought back.
  public func imported(_ identity: Hash256, in space: Space) throws -> ImportedRow? {
    guard let key = try logs.existingSpace(space)?.key else { return nil }
    let statement = try db.cachedStatement(
      sql: """
        SELECT record, content, places FROM imported i WHERE space = ? AND identity = ?
          AND NOT EXISTS (SELECT 1 FROM records r WHERE r.id = i.record AND r.space = i.space AND r.kind IS NULL)
        """)
    guard let row = try Row.fetchOne(statement, arguments: [key, identity.data]),
      let id = RecordID(row[0] as Data)
    else { return nil }
    var imported = ImportedRow(identity: identity, record: id, content: try hash(row[1] as Data))
    imported.places = try ImportedRow.places(row[2] as Data)
    return imported
  }

  /// Rows in the order of their identities go into the table side by side.
  public func noteImported(_ rows: [ImportedRow], in space: Space) throws {
    let key = try logs.space(space).key
    let statement = try HotStatement(
      db,
      """
      INSERT INTO imported(space, identity, record, content, places) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET record = excluded.record, content = excluded.content,
        places = excluded.places
      """)
    var places = ByteWriter(capacity: 16)
    for row in rows.sorted(by: { $0.identity < $1.identity }) {
      places.removeAll()
      for place in row.places {
        places.write(varint: UInt64(place.arrival))
        places.write(varint: UInt64(place.position))
      }
      try statement.run { values in
        values.add(key)
        values.add(row.identity)
        values.add(row.record)
        values.add(row.content)
        values.add(places.bytes)
      }
    }
  }

  /// Of rows that were imported as a record nothing is kept that tells their cells.
  ///
  /// - Parameter space: its key.
  func forgetImportedCells(of record: RecordID, space: Int64) throws {
    try db.cachedStatement(sql: "UPDATE imported SET content = ? WHERE space = ? AND record = ?")
      .execute(arguments: [ImportedRow.forgotten.data, space, Data(record.bytes)])
  }
}

extension ImportedRow {
  /// What a row that a record was made of may be told from others by, without the file: the kind's identity fields, or the
  /// record's id.
  static func identities(of view: RecordView) -> [Hash256] {
    guard let kind = view.kind else { return [] }
    return [view.id.bytes, view.content?.identityKey(in: kind)].compactMap {
      $0.map { identity(ofKind: kind.code, key: $0) }
    }
  }

  static func places(_ bytes: Data) throws -> [Place] {
    do {
      return try bytes.withUnsafeBytes { raw in
        var reader = ByteReader(raw)
        var places: [Place] = []
        while !reader.isAtEnd {
          places.append(
            Place(
              arrival: Int64(clamping: try reader.readVarint()),
              position: Int(clamping: try reader.readVarint())))
        }
        return places
      }
    } catch {
      throw StoreError.damaged("an imported row")
    }
  }
}

extension Snapshot {
  /// Where all that counts of a record was written, oldest first.
  public func placesTouching(_ view: RecordView) throws -> [ImportedRow.Place] {
    guard let key = view.row, let row = try RecordRow.find(db, key: key) else { return [] }
    guard row.encodedState != nil else {
      return [ImportedRow.Place(arrival: row.origin, position: row.position)]
    }
    let logs = LogRegistry(db)
    let naming = RecordNaming(db: db, logs: logs, decoded: decoded)
    return try Replay(db, logs, decoded).countingArrivals(touching: row).flatMap { arrival in
      try decoded.positions(of: view.id, in: arrival, naming).map {
        ImportedRow.Place(arrival: arrival, position: $0)
      }
    }
  }

  /// A record's state as imports made it, beside nothing but what they were made of.
  public func importedState(_ row: ImportedRow) throws -> RecordState {
    var state = RecordState()
    for place in row.places {
      try decoded.apply(
        origin: place.arrival, position: place.position, to: &state, knowledge: NothingAwaited())
    }
    return state
  }
}
