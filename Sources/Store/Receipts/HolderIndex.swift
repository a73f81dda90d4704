internal import Foundation
internal import GRDB
public import Ledger

/// Who has signed for holding which changes, within one transaction: a log's receipts are read once.
public final class HolderIndex {
  private struct Holder {
    var signer: NodeID
    var head: ChangeRef
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
    var signers: [NodeID] = []
    for holder in try receipts(of: change.log) where covers(holder.head, change) {
      // Of a log with branches there is a receipt for each.
      if !signers.contains(holder.signer) { signers.append(holder.signer) }
    }
    return signers
  }

  /// Whether who holds `head` holds `change`.
  public func covers(_ head: ChangeRef, _ change: ChangeRef) -> Bool {
    head.log == change.log && head.n >= change.n && registry.isHeldBefore(change, head)
  }

  private func receipts(of log: LogID) throws -> [Holder] {
    if let known = holders[log] { return known }
    var found: [Holder] = []
    if let space = try registry.existingSpace(log.space)?.key {
      let statement = try db.cachedStatement(
        sql: "SELECT signer, n, hash FROM receipts WHERE node = ? AND space = ? AND epoch = ?")
      let rows = try Row.fetchCursor(
        statement, arguments: [log.node.hash.data, space, Int64(bitPattern: log.epoch)])
      while let row = try rows.next() {
        // An author signs for changes of its own that it was handed back: it is no holder beside itself.
        guard let signer = NodeID(row[0] as Data), signer != log.node else { continue }
        let head = ChangeRef(
          log: log, n: UInt64(row[1] as Int64), hashPrefix: try hash(row[2] as Data).prefix)
        found.append(Holder(signer: signer, head: head))
      }
    }
    holders[log] = found
    return found
  }
}
