internal import Foundation
internal import GRDB
public import Ledger

/// What this store imported before, by the identity of the row: so that the same file again adds nothing.
extension Commit {
  public func imported(_ identity: Hash256, in space: Space) throws -> (record: RecordID, rowHash: Hash256)? {
    guard let key = try logs.existingSpace(space)?.key else { return nil }
    let statement = try db.cachedStatement(
      sql: "SELECT record, row_hash FROM imported WHERE space = ? AND identity = ?")
    guard let row = try Row.fetchOne(statement, arguments: [key, identity.data]),
      let id = RecordID(row[0] as Data)
    else { return nil }
    return (id, try hash(row[1] as Data))
  }

  public func noteImported(_ identity: Hash256, record: RecordID, rowHash: Hash256, in space: Space) throws {
    let key = try logs.space(space).key
    try db.cachedStatement(
      sql: """
        INSERT INTO imported(space, identity, record, row_hash) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET record = excluded.record, row_hash = excluded.row_hash
        """
    ).execute(arguments: [key, identity.data, Data(record.bytes), rowHash.data])
  }
}
