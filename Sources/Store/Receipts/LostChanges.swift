internal import Foundation
internal import GRDB
internal import Ledger

/// Which changes that others name will never count here, as far as this store can tell: they are held and taken out,
/// or lie beyond what counts of their author's, or beside it, as that was judged last. What only may come is not lost.
/// Asked of changes that do not count here by now.
final class LostChanges {
  private let db: Database
  /// By change, for a record's are asked for again and again.
  private var known: [ChangeRef: Bool] = [:]
  private var standing: [NodeID: Honoured] = [:]
  private var kept: [ChangeRef: Bool] = [:]
  private let logs: LogRegistry

  init(_ db: Database) {
    self.db = db
    logs = LogRegistry(db)
  }

  /// What cannot be read is not known to be lost.
  func contains(_ change: ChangeRef) -> Bool {
    if let isLost = known[change] { return isLost }
    let isLost = ((try? isTakenOut(change)) ?? false) || (try? mayCount(change)) == false
    known[change] = isLost
    return isLost
  }

  /// Whether a change that is not held may come to count. A head that is honoured and held has brought all that lies on
  /// its way.
  private func mayCount(_ change: ChangeRef) throws -> Bool {
    try honoured(change.log.node).demands(on: change.log).contains { way in
      try way.allSatisfy { heads in
        try heads.contains { try $0 == change || $0.n > change.n && !isKept($0) }
      }
    }
  }

  private func isKept(_ head: ChangeRef) throws -> Bool {
    if let isKept = kept[head] { return isKept }
    let isKept = try logs.keeps(head)
    kept[head] = isKept
    return isKept
  }

  private func isTakenOut(_ change: ChangeRef) throws -> Bool {
    guard let space = try logs.existingSpace(change.log.space)?.key else { return false }
    let statement = try db.cachedStatement(
      sql: """
        SELECT c.hash FROM branches b JOIN changes c ON c.branch = b.key
        WHERE b.space = ? AND b.node = ? AND b.epoch = ? AND c.n = ? AND b.withdrawn
        """)
    return try Data.fetchAll(
      statement,
      arguments: [
        space, change.log.node.hash.data, Int64(bitPattern: change.log.epoch), Int64(change.n),
      ]
    ).contains { try hash($0).prefix == change.hashPrefix }
  }

  private func honoured(_ node: NodeID) throws -> Honoured {
    if let found = standing[node] { return found }
    let statement = try db.cachedStatement(sql: "SELECT honoured FROM standing WHERE node = ?")
    let stored = try Data.fetchOne(statement, arguments: [node.hash.data])
    let found = try stored.map { try Honoured(encoded: Array($0)) } ?? .everything
    standing[node] = found
    return found
  }
}
