internal import Foundation
internal import GRDB
public import Ledger

/// What is asked and noted where records are made anew in another space.
extension Snapshot {
  /// The spaces in which a node has a log.
  public func spacesWritten(by node: NodeID) throws -> [Space] {
    try Int64.fetchAll(
      db, sql: "SELECT DISTINCT space FROM branches WHERE node = ? AND n > 0 ORDER BY space",
      arguments: [node.hash.data]
    ).map { try space(key: $0) }
  }

  /// Whether anybody signed for holding something of a node's logs in a space.
  public func isReceipted(_ node: NodeID, in space: Space) throws -> Bool {
    guard let key = try LogRegistry(db).existingSpace(space)?.key else { return false }
    return try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM receipts WHERE node = ? AND space = ?)",
      arguments: [node.hash.data, key]) ?? false
  }

  /// Whether anybody else has a log in a space, and be it one that does not count.
  public func isWritten(byOthersThan node: NodeID, in space: Space) throws -> Bool {
    guard let key = try LogRegistry(db).existingSpace(space)?.key else { return false }
    return try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM branches WHERE space = ? AND node <> ? AND n > 0)",
      arguments: [key, node.hash.data]) ?? false
  }

  /// The records of a space that came from a node, are shown and not deleted, as they came; each with the change that
  /// made it.
  public func livingRecords(in space: Space, of node: NodeID) throws -> [(id: RecordID, creation: ChangeRef)]
  {
    guard let key = try LogRegistry(db).existingSpace(space)?.key else { return [] }
    return try Row.fetchAll(
      db,
      sql: """
        SELECT r.id, b.epoch, c.n, c.hash FROM records r
        JOIN changes c ON c.arrival = r.origin JOIN branches b ON b.key = c.branch
        WHERE r.space = ? AND r.kind IS NOT NULL AND r.flags & 1 = 0 AND b.node = ? ORDER BY r.key
        """, arguments: [key, node.hash.data]
    ).compactMap { row in
      let log = LogID(node: node, space: space, epoch: UInt64(bitPattern: row[1] as Int64))
      let creation = ChangeRef(
        log: log, n: UInt64(row[2] as Int64), hashPrefix: try hash(row[3] as Data).prefix)
      return RecordID(row[0] as Data).map { ($0, creation) }
    }
  }

  /// The records that name another one as the same activity, or as none.
  public func namers(of id: RecordID) throws -> [PairCell: [RecordID]] {
    let statement = try db.cachedStatement(
      sql:
        "SELECT p.cell, r.id FROM pairs p JOIN records r ON r.key = p.record WHERE p.other = ? ORDER BY r.id")
    var namers: [PairCell: [RecordID]] = [:]
    for row in try Row.fetchAll(statement, arguments: [Data(id.bytes)]) {
      guard let cell = PairCell(rawValue: UInt32(clamping: row[0] as Int64)),
        let namer = RecordID(row[1] as Data)
      else { continue }
      namers[cell, default: []].append(namer)
    }
    return namers
  }

  /// How many changes of a node lie in the spaces that a condition picks.
  public func changeCount(of node: NodeID, where isWanted: (Space) throws -> Bool) throws -> Int {
    try Row.fetchAll(
      db, sql: "SELECT space, n - base_n FROM branches WHERE node = ?", arguments: [node.hash.data]
    ).reduce(0) { count, row in try isWanted(space(key: row[0])) ? count + (row[1] as Int) : count }
  }
}

extension Commit {
  /// Rows that were imported as records of one space were imported as their heirs in another: the same file again
  /// adds nothing there.
  ///
  /// - Parameters:
  ///   - heirs: by the former record.
  ///   - othersToo: whether a row of any other record goes along as it is.
  public func moveImported(
    from former: Space, to space: Space, heirs: [RecordID: RecordID], othersToo: Bool
  ) throws {
    guard let key = try logs.existingSpace(former)?.key else { return }
    let rows = try Row.fetchAll(
      db, sql: "SELECT identity, record FROM imported WHERE space = ?", arguments: [key])
    // A space comes to be by its first change.
    guard !rows.isEmpty else { return }
    let target = try logs.space(space).key
    let statement = try db.cachedStatement(
      sql: "UPDATE OR REPLACE imported SET space = ?, record = ? WHERE space = ? AND identity = ?")
    for row in rows {
      let record = row[1] as Data
      let heir = RecordID(record).flatMap { heirs[$0] }.map { Data($0.bytes) }
      guard othersToo || heir != nil else { continue }
      try statement.execute(arguments: [target, heir ?? record, key, row[0] as Data])
    }
  }

  /// Takes the logs of a node in some spaces out of what counts here. They stay in the store, and are not sent.
  public func withdrawLogs(of node: NodeID, in spaces: Set<Space>) throws {
    // Of its other logs a cut stays the proof that it is.
    try honour(.nothing, of: node, reason: nil, at: 0) { spaces.contains($0.space) }
  }
}
