internal import Foundation
internal import GRDB
public import Ledger

/// Why a branch does not count, as it stands in `branches.withdrawn`.
enum Withdrawal: Int64 {
  /// It counts.
  case none = 0
  /// It lies beyond what a revocation, a narrowing or a ruling honours: kept, and sent to nobody.
  case revoked = 1
  /// It lies beyond the cut of a log with too many branches: kept, and sent as the proof of it.
  case cut = 2

  init(stored value: Int64) throws {
    guard let known = Withdrawal(rawValue: value) else { throw StoreError.damaged("a branch's row") }
    self = known
  }
}

/// Taking out what does not count, and taking it in again.
extension Commit {
  /// Draws the line through every log of `node`: what lies beyond what is honoured is taken out of the records,
  /// kept, and shown in the quarantine; what was taken out and counts again is taken in.
  ///
  /// - Parameters:
  ///   - reason: as it stands in the quarantine; nil where it is to show nothing.
  ///   - isConcerned: which logs are looked at.
  /// - Returns: whether anything changed.
  @discardableResult
  public func honour(
    _ honoured: Honoured, of node: NodeID, reason: String?, at time: Int64,
    where isConcerned: (LogID) throws -> Bool = { _ in true }
  ) throws -> Bool {
    var hasChanged = false
    var moved: Set<Int64> = []
    for (log, space) in try logs.allLogs(of: node) where try isConcerned(log) {
      guard let tree = try divide(log, space, honoured, &moved) else {
        if let reason { try correct(reason, of: log) }
        continue
      }
      hasChanged = true
      if let reason { try show(tree, reason: reason, at: time) }
    }
    try rebuildTouched(by: moved)
    return hasChanged
  }

  /// Cuts a log at its first fork where it has more branches than a log may, or moves the cut to a fork that lies
  /// lower. A log of which something is not honoured is drawn by who knows what is (`honour`). The records that it concerns are
  /// made anew by `settleCuts`.
  /// - Returns: whether the line moved.
  func cutAtFirstFork(_ log: LogID) throws -> Bool {
    let space = try logs.space(log.space).key
    guard try !BranchTree(db, log: log, space: space).branches.contains(where: { $0.withdrawal == .revoked })
    else { return false }
    return try divide(log, space, .everything, &movedByCuts) != nil
  }

  /// Makes the records anew that concern what logs that were cut say no more: once for all of them, for what names a change is
  /// looked for in all that touches a record of its space, and one frame may cut thousands of logs.
  public func settleCuts() throws {
    guard !movedByCuts.isEmpty else { return }
    let moved = movedByCuts
    movedByCuts = []
    try rebuildTouched(by: moved)
  }

  private func rebuildTouched(by arrivals: Set<Int64>) throws {
    for record in try touched(by: arrivals) { _ = try records().rebuild(record) }
  }

  /// The line lies where it did, and for another reason.
  private func correct(_ reason: String, of log: LogID) throws {
    try db.cachedStatement(
      sql: """
        UPDATE OR REPLACE quarantine SET reason = ?1
        WHERE node = ?2 AND division = ?3 AND section = ?4 AND epoch = ?5 AND source = 0 AND reason <> ?1
        """
    ).execute(arguments: [
      reason, log.node.hash.data, log.space.division.description, log.space.section.rawValue,
      Int64(bitPattern: log.epoch),
    ])
    if db.changesCount > 0 { knownQuarantine = nil }
  }

  /// - Parameter moved: is told the arrivals that have come to the other side of the line.
  /// - Returns: the log as it is divided now; nil where it was so before.
  private func divide(
    _ log: LogID, _ space: Int64, _ honoured: Honoured, _ moved: inout Set<Int64>
  ) throws -> BranchTree? {
    var tree = try BranchTree(db, log: log, space: space)
    guard try tree.differs(from: honoured) else { return nil }
    let former = Set(tree.branches)
    let before = try tree.withdrawnArrivals()
    try tree.divide(honoured)
    moved.formUnion(before.symmetricDifference(try tree.withdrawnArrivals()))
    logs.forget(log)
    // What is lost of what others name is known of the former line.
    noteOfficesChanged()
    return Set(tree.branches) == former ? nil : tree
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
    for branch in tree.branches where branch.withdrawal == .revoked {
      try quarantine(
        log: log, n: branch.baseN + 1, hash: try tree.firstHash(of: branch), reason: reason, source: 0,
        at: time, batch: nil)
    }
  }

  /// The records that these changes touch or that name them: what a record waits for depends on what counts.
  private func touched(by arrivals: Set<Int64>) throws -> Set<Int64> {
    if arrivals.isEmpty { return [] }
    try db.execute(sql: "CREATE TEMP TABLE IF NOT EXISTS moved(arrival INTEGER PRIMARY KEY)")
    try db.execute(sql: "DELETE FROM moved")
    for arrival in arrivals {
      try db.cachedStatement(sql: "INSERT INTO moved(arrival) VALUES (?)").execute(arguments: [arrival])
    }
    let touched = try Int64.fetchSet(
      db,
      sql: """
        SELECT key FROM records WHERE origin IN (SELECT arrival FROM moved)
        UNION SELECT record FROM touches WHERE arrival IN (SELECT arrival FROM moved)
        """)
    return try touched.union(naming())
  }

  /// Records that name a change in `moved`, whether it touches them or not. No index tells, for it is seldom asked: all
  /// changes are looked through that touch a record with a state of its own.
  private func naming() throws -> Set<Int64> {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT b.node, b.space, b.epoch, c.n, c.hash FROM moved m
        JOIN changes c ON c.arrival = m.arrival JOIN branches b ON b.key = c.branch
        """)
    var moved: Set<ChangeRef> = []
    for row in rows {
      guard let node = NodeID(row[0] as Data) else { continue }
      let log = LogID(
        node: node, space: try logs.space(key: row[1]), epoch: UInt64(bitPattern: row[2] as Int64))
      moved.insert(
        ChangeRef(log: log, n: UInt64(row[3] as Int64), hashPrefix: try hash(row[4] as Data).prefix))
    }
    let spaces = "[" + Set(rows.map { "\($0[1] as Int64)" }).joined(separator: ",") + "]"
    let touches = try Row.fetchCursor(
      db,
      sql: """
        SELECT t.arrival, t.record FROM touches t JOIN records r ON r.key = t.record
        WHERE r.space IN (SELECT value FROM json_each(?1))
        UNION SELECT r.origin, r.key FROM records r JOIN states s ON s.record = r.key
        WHERE r.space IN (SELECT value FROM json_each(?1)) ORDER BY 1
        """, arguments: [spaces])
    var naming: Set<Int64> = []
    var last: (arrival: Int64, names: Bool) = (0, false)
    while let row = try touches.next() {
      let arrival: Int64 = row[0]
      if arrival != last.arrival {
        last = (arrival, try decoded.change(arrival: arrival).content.names(anyOf: moved))
      }
      if last.names { naming.insert(row[1]) }
    }
    return naming
  }
}

extension ChangeContent {
  fileprivate func names(anyOf changes: Set<ChangeRef>) -> Bool {
    mutations.contains { mutation in
      mutation.writes.contains { $0.supersedes.contains { changes.contains($0.change) } }
    }
  }
}

extension RecordTable {
  /// Makes a record's state anew from the changes that count, as if no others had ever come.
  /// - Returns: whether anything is left of it.
  @discardableResult
  func rebuild(_ key: Int64) throws -> Bool {
    guard let row = try RecordRow.find(commit.db, key: key) else { return false }
    let space = try commit.logs.space(key: row.space)
    let former = try row.state(commit.decoded, space: space)
    return try rebuild(row, in: space, before: former.isEmpty ? nil : former.hash(of: row.id, in: space))
  }

  /// - Parameter before: the hash of the state that it had.
  /// - Returns: whether anything is left of it.
  @discardableResult
  func rebuild(_ row: RecordRow, in space: Space, before: Hash256?) throws -> Bool {
    let state = try Replay(commit.db, commit.logs, commit.decoded).state(of: row)
    try save(state, key: row.key, id: row.id, space: space, before: before)
    try noteAwaited(state.awaitedChanges, record: row.key)
    return !state.isEmpty
  }
}

extension Snapshot {
  /// The logs whose line between what counts and what does not lies elsewhere than it should.
  ///
  /// - Parameter honoured: how much of a log counts.
  public func misdrawnLogs(_ honoured: (LogID) throws -> Honoured) throws -> [LogID] {
    try logsHeld().filter { log, space in
      try BranchTree(db, log: log, space: space).differs(from: honoured(log))
    }.map(\.log)
  }

  /// The logs of which anything is held, whether it counts or not.
  public func allLogs() throws -> [LogID] { try logsHeld().map(\.log) }

  private func logsHeld() throws -> [(log: LogID, space: Int64)] {
    let rows = try Row.fetchAll(db, sql: "SELECT DISTINCT node, space, epoch FROM branches ORDER BY 1, 2, 3")
    return try rows.compactMap { row in
      guard let node = NodeID(row[0] as Data) else { return nil }
      let log = LogID(node: node, space: try space(key: row[1]), epoch: UInt64(bitPattern: row[2] as Int64))
      return (log, row[1])
    }
  }
}
