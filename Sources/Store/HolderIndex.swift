internal import Foundation
internal import GRDB
public import Ledger

/// Who has signed for holding which changes, within one transaction: a log's receipts are read once.
public final class HolderIndex {
  private struct Holder {
    var signer: NodeID
    var n: UInt64
  }

  private let db: Database
  private let registry: LogRegistry
  private var holders: [LogID: [Holder]] = [:]

  public init(_ snapshot: Snapshot) {
    db = snapshot.db
    registry = LogRegistry(snapshot.db)
  }

  /// The signers whose receipt covers a change.
  public func holders(of change: ChangeRef) throws -> [NodeID] {
    try receipts(of: change.log).compactMap { $0.n >= change.n ? $0.signer : nil }
  }

  private func receipts(of log: LogID) throws -> [Holder] {
    if let known = holders[log] { return known }
    var found: [Holder] = []
    if let space = try registry.existingSpace(log.space)?.key {
      let statement = try db.cachedStatement(
        sql: "SELECT signer, n FROM receipts WHERE node = ? AND space = ? AND epoch = ?")
      let rows = try Row.fetchCursor(
        statement, arguments: [log.node.hash.data, space, Int64(bitPattern: log.epoch)])
      while let row = try rows.next() {
        guard let signer = NodeID(row[0] as Data) else { continue }
        found.append(Holder(signer: signer, n: UInt64(row[1] as Int64)))
      }
    }
    holders[log] = found
    return found
  }
}
