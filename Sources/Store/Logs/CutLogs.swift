internal import Foundation
internal import GRDB
public import Ledger

extension Snapshot {
  /// The logs that are cut: more branches of each are held than a log may have, or two changes of one name, so that
  /// nothing counts of it after its first fork.
  public func cutLogs() throws -> [QuarantineLine] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT node, space, epoch, min(base_n), count(*), sum(n - base_n), EXISTS (
            SELECT 1 FROM offices o WHERE o.node = branches.node AND o.rank = 0 AND o.of_authority AND o.rights = 7)
          FROM branches WHERE withdrawn = 2 GROUP BY space, node, epoch ORDER BY min(key)
        """)
    return try rows.compactMap { row in
      guard let node = NodeID(row[0] as Data) else { return nil }
      let log = LogID(node: node, space: try space(key: row[1]), epoch: UInt64(bitPattern: row[2] as Int64))
      // Each branch too many ends in a row of its own beyond the cut.
      let isAmbiguous = (row[4] as Int) <= LogLimits.branches
      return QuarantineLine(
        log: log, n: UInt64(row[3] as Int64) + 1,
        reason: isAmbiguous ? QuarantineLine.ambiguousReason : QuarantineLine.cutReason, at: nil,
        beyondCut: QuarantineLine.BeyondCut(
          branches: row[4], changes: row[5], isOfRegion: row[6], isAmbiguous: isAmbiguous))
    }
  }

  /// Of each log of a node that is cut the head that counts, if any does, and those beyond the cut, the longest branch
  /// first.
  public func headsOfCutLogs(
    of node: NodeID
  ) throws -> [(log: LogID, counting: LogHead?, beyond: [LogHead])] {
    let logs = LogRegistry(db)
    return try cutLogs().map(\.log).filter { $0.node == node }.map { log in
      let held = try logs.branchesHeld(of: log)
      let beyond = held.filter(\.isBeyondCut).map(\.head).sorted { ($1.n, $0.hash) < ($0.n, $1.hash) }
      return (log, held.first { !$0.isBeyondCut && $0.head.n > 0 }?.head, beyond)
    }
  }

  /// Who has notices that are cut: of the certificates in them those beyond the cut do not count.
  public func authorsOfCutNotices() throws -> Set<NodeID> {
    let rows = try Data.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT DISTINCT b.node FROM branches b JOIN spaces s ON s.key = b.space
          WHERE b.withdrawn = 2 AND s.section = ?
          """), arguments: [Space.Section.notices.rawValue])
    return Set(rows.compactMap { NodeID($0) })
  }

  /// Stretches that were refused, and changes that lie beyond cuts.
  public func quarantinedCount() throws -> Int {
    try quarantine().reduce(0) { $0 + ($1.beyondCut?.changes ?? 1) }
  }
}

extension Snapshot {
  /// Holds the cuts against what is held: of a log of which everything is honoured all is known here that tells.
  func verifyCuts(_ report: inout Verification) throws {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT node, space, epoch FROM branches GROUP BY node, space, epoch
        HAVING count(*) > 1
        """)
    for row in rows {
      guard let node = NodeID(row[0] as Data) else { continue }
      let log = LogID(node: node, space: try space(key: row[1]), epoch: UInt64(bitPattern: row[2] as Int64))
      let tree = try BranchTree(db, log: log, space: row[1])
      guard !tree.branches.contains(where: { $0.withdrawal == .revoked }), try tree.differs(from: .everything)
      else { continue }
      report.note(log: log.description, "cut-mismatch")
    }
  }
}

extension Commit {
  /// Whether something of a log that leaves it beyond its cut may have been left out here: what follows such a part
  /// cannot be taken in, and is asked for again where it comes to count.
  public func mayLackBranches(of log: LogID) throws -> Bool {
    try leftOut.contains(log) || logs.rowCount(of: log) >= LogLimits.branchesKept - 1
  }

  /// Cuts the logs of a store of an older step, which knew of no cuts.
  /// - Returns: whether there were any to be cut.
  @discardableResult
  func cutAllAtFirstFork() throws -> Bool {
    var hasCut = false
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT node, space, epoch FROM branches WHERE NOT withdrawn GROUP BY node, space, epoch HAVING count(*) > ?
        """, arguments: [LogLimits.branches])
    for row in rows {
      guard let node = NodeID(row[0] as Data) else { continue }
      let space = try logs.space(key: row[1])
      let log = LogID(node: node, space: space, epoch: UInt64(bitPattern: row[2] as Int64))
      if try cutAtFirstFork(log) { hasCut = true }
    }
    try settleCuts()
    return hasCut
  }
}
