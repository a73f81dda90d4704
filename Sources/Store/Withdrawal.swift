internal import Foundation
internal import GRDB
public import Ledger

/// How much of what a node wrote counts.
public enum Honoured: Hashable, Sendable {
  case everything
  /// What every one of these names: by log, heads that are still honoured; a log not named: nothing of it.
  case only([[LogID: [ChangeRef]]])

  public static let nothing = Honoured.only([[:]])

  /// Whether a head may still be honoured, as far as its number and hash tell. Where a log has branches only
  /// the branches themselves tell.
  public func mayCount(_ head: LogHead) -> Bool {
    guard case .only(let revocations) = self else { return true }
    return revocations.allSatisfy { named in
      (named[head.log] ?? []).contains { $0.n > head.n || $0 == head.ref }
    }
  }
}

/// Taking out what does not count, and taking it in again.
extension Commit {
  /// Draws the line through every log of `node`: what lies beyond what is honoured is taken out of the records,
  /// kept, and shown in the quarantine; what was taken out and counts again is taken in.
  ///
  /// - Parameter reason: as it stands in the quarantine; nil where it is to show nothing.
  /// - Returns: whether anything changed.
  @discardableResult
  public func honour(_ honoured: Honoured, of node: NodeID, reason: String?, at time: Int64) throws -> Bool {
    var moved: Set<Int64> = []
    for (log, space) in try logs.allLogs(of: node) {
      var tree = try BranchTree(db, log: log, space: space)
      guard try tree.differs(from: honoured) else { continue }
      let before = try tree.withdrawnArrivals()
      try tree.divide(honoured)
      moved.formUnion(before.symmetricDifference(try tree.withdrawnArrivals()))
      if let reason { try show(tree, reason: reason, at: time) }
      logs.forget(log)
    }
    guard !moved.isEmpty else { return false }
    for record in try touched(by: moved) { try records().rebuild(record) }
    return true
  }

  /// The quarantine shows where each branch that does not count begins; its changes stay in the log's table.
  private func show(_ tree: BranchTree, reason: String, at time: Int64) throws {
    let log = tree.log
    try db.execute(
      sql: """
        DELETE FROM quarantine WHERE node = ? AND division = ? AND section = ? AND epoch = ? AND source = 0
        """,
      arguments: [
        log.node.hash.data, log.space.division.description, log.space.section.rawValue,
        Int64(bitPattern: log.epoch),
      ])
    for branch in tree.branches where branch.isWithdrawn {
      try quarantine(
        log: log, n: branch.baseN + 1, hash: try tree.firstHash(of: branch), reason: reason, source: 0,
        at: time, batch: nil)
    }
  }

  private func touched(by arrivals: Set<Int64>) throws -> [Int64] {
    try db.execute(sql: "CREATE TEMP TABLE IF NOT EXISTS moved(arrival INTEGER PRIMARY KEY)")
    try db.execute(sql: "DELETE FROM moved")
    for arrival in arrivals {
      try db.cachedStatement(sql: "INSERT INTO moved(arrival) VALUES (?)").execute(arguments: [arrival])
    }
    return try Int64.fetchAll(
      db,
      sql: """
        SELECT key FROM records WHERE origin IN (SELECT arrival FROM moved)
        UNION SELECT record FROM touches WHERE arrival IN (SELECT arrival FROM moved)
        """)
  }
}

extension RecordTable {
  /// Makes a record's state anew from the changes that count, as if no others had ever come.
  func rebuild(_ key: Int64) throws {
    guard let row = try RecordRow.find(commit.db, key: key) else { return }
    let space = try commit.logs.space(key: row.space)
    let former = try row.state(commit.decoded, space: space)
    let state = try Replay(commit.db, commit.logs, commit.decoded).state(of: row)
    try save(
      state, key: key, id: row.id, space: space,
      before: former.isEmpty ? nil : former.hash(of: row.id, in: space))
    try noteAwaited(state.awaitedChanges, record: key)
  }
}

/// A statement of a change that counts, with the log it stands in.
public struct HeldStatement: Sendable {
  public var log: LogID
  public var statement: Ledger.Statement
}

extension Snapshot {
  public func revocations() throws -> [(author: NodeID, revocation: Revocation)] {
    try statements(type: 3).compactMap { held in
      guard case .revocation(let revocation) = held.statement else { return nil }
      return (held.log.node, revocation)
    }
  }

  /// Whether `issuer`'s notices hold this certificate, in what of them counts.
  public func noticesHold(certificate der: [UInt8], of issuer: NodeID) throws -> Bool {
    try statedCertificates().contains { $0.author == issuer && $0.der == der }
  }

  /// Whether anything was ever revoked, as far as is known here: most stores need not look further.
  public func anythingRevoked() throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM statements WHERE type = 3)
            OR EXISTS (SELECT 1 FROM branches WHERE withdrawn)
          """)) ?? false
  }

  /// The certificates that notices hold in what of them counts, as they came; `author` is whose notices.
  public func statedCertificates() throws -> [(author: NodeID, der: [UInt8])] {
    try statements(type: 1).compactMap { held in
      guard case .certificate(let bytes) = held.statement else { return nil }
      return (held.log.node, bytes)
    }
  }

  private func statements(type: Int) throws -> [HeldStatement] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT b.node, b.space, b.epoch, s.payload FROM statements s
        JOIN changes c ON c.arrival = s.arrival JOIN branches b ON b.key = c.branch
        WHERE s.type = ? AND NOT b.withdrawn ORDER BY s.arrival, s.position
        """, arguments: [type])
    return try rows.compactMap { row in
      guard let node = NodeID(row[0] as Data), case let space = try space(key: row[1]),
        space.section == .notices
      else { return nil }
      let log = LogID(node: node, space: space, epoch: UInt64(bitPattern: row[2] as Int64))
      return HeldStatement(
        log: log, statement: try Ledger.Statement(type: UInt64(type), payload: Array(row[3] as Data)))
    }
  }
}
