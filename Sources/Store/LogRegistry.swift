internal import Foundation
internal import GRDB
internal import Ledger

/// The logs and their branches within one transaction: read on demand, kept until the transaction ends.
///
/// Branch keys are this store's own; nothing that leaves the store depends on them.
final class LogRegistry: LogKnowledge {
  struct Branch {
    var key: Int64
    var log: LogID
    /// The branch that this one leaves after `baseN`; nil for a log's first.
    var base: Int64?
    var baseN: UInt64
    var head: LogHead
  }

  struct SpaceRow {
    var key: Int64
    var sum: Hash256
    var digest: Hash256
  }

  private let db: Database
  private var spaces: [Space: SpaceRow] = [:]
  private var spacesByKey: [Int64: Space] = [:]
  private var branches: [LogID: [Branch]] = [:]
  private var touchedSpaces: Set<Space> = []

  /// What is asked of the branches: those that count, or all.
  private let condition: String

  /// - Parameter withdrawnToo: counts what was taken out as well, for who asks what a change said when it came.
  init(_ db: Database, withdrawnToo: Bool = false) {
    self.db = db
    condition = withdrawnToo ? "true" : "NOT withdrawn"
  }

  // MARK: spaces

  func existingSpace(_ space: Space) throws -> SpaceRow? {
    if let row = spaces[space] { return row }
    let statement = try db.cachedStatement(
      sql: "SELECT key, state_sum, digest FROM spaces WHERE division = ? AND section = ?")
    guard
      let row = try Row.fetchOne(
        statement, arguments: [space.division.description, space.section.rawValue])
    else { return nil }
    let entry = SpaceRow(key: row[0], sum: try hash(row[1] as Data), digest: try hash(row[2] as Data))
    spaces[space] = entry
    spacesByKey[entry.key] = space
    return entry
  }

  func space(_ space: Space) throws -> SpaceRow {
    if let row = try existingSpace(space) { return row }
    try db.execute(
      sql: "INSERT INTO spaces(division, section, state_sum, digest) VALUES (?, ?, ?, ?)",
      arguments: [
        space.division.description, space.section.rawValue, Hash256.zero.data, Hash256.zero.data,
      ])
    let entry = SpaceRow(key: db.lastInsertedRowID, sum: .zero, digest: .zero)
    spaces[space] = entry
    spacesByKey[entry.key] = space
    return entry
  }

  func space(key: Int64) throws -> Space {
    if let space = spacesByKey[key] { return space }
    let statement = try db.cachedStatement(sql: "SELECT division, section FROM spaces WHERE key = ?")
    guard let row = try Row.fetchOne(statement, arguments: [key]),
      let division = DivisionCode(row[0] as String), let section = Space.Section(rawValue: row[1])
    else { throw StoreError.damaged("space \(key)") }
    let space = Space(division: division, section: section)
    spacesByKey[key] = space
    return space
  }

  /// Exchanges one record state's hash in its space's sum.
  func replaceState(in space: Space, _ old: Hash256?, _ new: Hash256?) throws {
    var row = try self.space(space)
    if let old { row.sum = row.sum &- old }
    if let new { row.sum = row.sum &+ new }
    spaces[space] = row
    touchedSpaces.insert(space)
  }

  /// Sums begin at nothing, and every space's digest is taken anew.
  func beginAnew() throws {
    for key in try Int64.fetchAll(db, sql: "SELECT key FROM spaces") {
      let space = try space(key: key)
      guard var row = try existingSpace(space) else { continue }
      row.sum = .zero
      spaces[space] = row
      touchedSpaces.insert(space)
    }
    branches = [:]
  }

  // MARK: branches

  func branches(of log: LogID) throws -> [Branch] {
    if let known = branches[log] { return known }
    guard let space = try existingSpace(log.space) else { return [] }
    let statement = try db.cachedStatement(
      sql: """
        SELECT key, base, base_n, n, hash, time FROM branches
        WHERE space = ? AND node = ? AND epoch = ? AND \(condition) ORDER BY key
        """)
    let rows = try Row.fetchAll(
      statement, arguments: [space.key, log.node.hash.data, Int64(bitPattern: log.epoch)])
    let found = try rows.map { row in
      Branch(
        key: row[0], log: log, base: row[1], baseN: UInt64(row[2] as Int64),
        head: LogHead(log: log, n: UInt64(row[3] as Int64), hash: try hash(row[4] as Data), time: row[5]))
    }
    branches[log] = found
    return found
  }

  /// Every log of a node of which anything is held, with its space's key.
  func allLogs(of node: NodeID) throws -> [(log: LogID, space: Int64)] {
    let rows = try Row.fetchAll(
      db, sql: "SELECT DISTINCT space, epoch FROM branches WHERE node = ?", arguments: [node.hash.data])
    return try rows.map { row in
      let log = LogID(node: node, space: try space(key: row[0]), epoch: UInt64(bitPattern: row[1] as Int64))
      return (log, row[0])
    }
  }

  /// Reads a log's branches anew, which somebody else has changed.
  func forget(_ log: LogID) {
    branches[log] = nil
    touchedSpaces.insert(log.space)
  }

  /// A new branch row; `base` is nil for a log's first.
  func addBranch(of log: LogID, base: Branch?, at head: LogHead) throws -> Branch {
    let space = try self.space(log.space)
    try db.cachedStatement(
      sql: """
        INSERT INTO branches(node, space, epoch, base, base_n, n, hash, time) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      log.node.hash.data, space.key, Int64(bitPattern: log.epoch), base?.key, Int64(head.n),
      Int64(head.n), head.hash.data, head.time,
    ])
    let branch = Branch(
      key: db.lastInsertedRowID, log: log, base: base?.key, baseN: head.n, head: head)
    branches[log, default: []].append(branch)
    return branch
  }

  /// Moves a branch's head, after changes were appended to it.
  func advance(_ branch: Branch, to head: LogHead) throws {
    let statement = try HotStatement(db, "UPDATE branches SET n = ?, hash = ?, time = ? WHERE key = ?")
    try statement.run { values in
      values.add(Int64(head.n))
      values.add(head.hash)
      values.add(head.time)
      values.add(branch.key)
    }
    noteHead(branch, head)
    touchedSpaces.insert(branch.log.space)
  }

  /// The same in memory only, while a batch is being applied.
  func noteHead(_ branch: Branch, _ head: LogHead) {
    guard let index = branches[branch.log]?.firstIndex(where: { $0.key == branch.key }) else { return }
    branches[branch.log]![index].head = head
  }

  /// The branch that a change lies on and the hash it has there, if that is the one meant.
  func branch(holding n: UInt64, hashPrefix: UInt64?, of log: LogID) throws -> (Branch, Hash256)? {
    for branch in try branches(of: log) where n > branch.baseN && n <= branch.head.n {
      let found: Hash256
      if n == branch.head.n {
        found = branch.head.hash
      } else {
        let statement = try db.cachedStatement(sql: "SELECT hash FROM changes WHERE branch = ? AND n = ?")
        guard let data = try Data.fetchOne(statement, arguments: [branch.key, Int64(n)]) else { continue }
        found = try hash(data)
      }
      if hashPrefix == nil || found.prefix == hashPrefix { return (branch, found) }
    }
    return nil
  }

  /// The hash of change `n` on the way to a branch's head, whether it lies on the branch itself or on one that it left.
  func changeHash(at n: UInt64, on branch: Branch) throws -> Hash256? {
    if n == branch.head.n { return branch.head.hash }
    var at = branch
    while n <= at.baseN {
      guard let base = try branches(of: branch.log).first(where: { $0.key == at.base }) else { return nil }
      at = base
    }
    let statement = try db.cachedStatement(sql: "SELECT hash FROM changes WHERE branch = ? AND n = ?")
    return try Data.fetchOne(statement, arguments: [at.key, Int64(n)]).map { try hash($0) }
  }

  /// A log's head at `n` where exactly that one is held; the empty log's for 0.
  func head(of log: LogID, at n: UInt64, _ hash: Hash256) throws -> LogHead? {
    guard n > 0 else { return LogHead(emptyLog: log) }
    guard let (branch, found) = try branch(holding: n, hashPrefix: hash.prefix, of: log), found == hash else {
      return nil
    }
    if n == branch.head.n { return branch.head }
    let statement = try db.cachedStatement(sql: "SELECT time FROM changes WHERE branch = ? AND n = ?")
    let time = try Int64.fetchOne(statement, arguments: [branch.key, Int64(n)]) ?? 0
    return LogHead(log: log, n: n, hash: hash, time: time)
  }

  // MARK: what merging asks

  func holds(_ change: ChangeRef) -> Bool {
    ((try? branch(holding: change.n, hashPrefix: change.hashPrefix, of: change.log)) ?? nil) != nil
  }

  func isAncestor(_ earlier: ChangeRef, of later: ChangeRef) -> Bool {
    guard let all = try? branches(of: earlier.log) else { return false }
    if all.count <= 1 { return true }
    guard let (from, _) = try? branch(holding: earlier.n, hashPrefix: earlier.hashPrefix, of: earlier.log),
      let (to, _) = try? branch(holding: later.n, hashPrefix: later.hashPrefix, of: later.log)
    else { return false }
    var at = to
    var limit = later.n
    while true {
      if at.key == from.key { return earlier.n <= limit }
      guard let base = at.base, let next = all.first(where: { $0.key == base }) else { return false }
      limit = min(limit, at.baseN)
      at = next
    }
  }

  // MARK: the transaction's end

  /// Writes back the sums and digests of the spaces that changed.
  func finish() throws {
    for space in touchedSpaces {
      let row = try self.space(space)
      let digest = try SpaceDigest.compute(db, key: row.key)
      let statement = try HotStatement(db, "UPDATE spaces SET state_sum = ?, digest = ? WHERE key = ?")
      try statement.run { values in
        values.add(row.sum)
        values.add(digest)
        values.add(row.key)
      }
    }
  }
}
