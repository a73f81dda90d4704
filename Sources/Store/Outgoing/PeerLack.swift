internal import Foundation
internal import GRDB
public import Ledger

extension Snapshot {
  /// Changes that are held here, whoever wrote them, and that a peer is not known to hold: it neither wrote nor sent them,
  /// nor signed for them.
  ///
  /// - Parameter scope: what both may read.
  public func lackingCount(of peer: Peer, in scope: (Space) -> Bool) throws -> Int {
    let covered = try peer.node.map { try receiptedRanges(by: $0) } ?? HeldRanges()
    let branches = try Row.fetchAll(
      db, sql: "SELECT key, base_n, n, space FROM branches WHERE withdrawn <> ? AND node <> ?",
      arguments: [Withdrawal.revoked.rawValue, peer.node?.hash.data ?? Data()])
    let counting = try db.cachedStatement(
      sql: "SELECT count(*) FROM changes WHERE branch = ? AND n > ? AND source <> ?")
    return try branches.reduce(0) { count, row in
      guard scope(try space(key: row[3])) else { return count }
      let key: Int64 = row[0]
      let from = max(row[1], Int64(clamping: covered.through(branch: key)))
      guard row[2] > from else { return count }
      return count + (try Int.fetchOne(counting, arguments: [key, from, peer.key]) ?? 0)
    }
  }
}
