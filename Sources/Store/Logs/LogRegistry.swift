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
    /// Whether it lies beyond the cut of a log with too many branches.
    var isBeyondCut: Bool
  }

  struct SpaceRow {
    var key: Int64
    var sum: Hash256
    var digest: Hash256
  }

  private let db: Database
  private var spaces: [Space: SpaceRow] = [:]
  private var spacesByKey: [Int64: Space] = [:]
  /// Those that count.
  private var branches: [LogID: [Branch]] = [:]
  /// Those beyond the cut, of logs that are cut.
  private var beyondCut: [LogID: [Branch]] = [:]
  /// Those that a revocation takes out: kept, and no part of the log for anybody who does not ask for them.
  private var takenOut: [LogID: [Branch]] = [:]
  private var touchedSpaces: Set<Space> = []

  private let countsWithdrawn: Bool

  /// - Parameter withdrawnToo: counts what was taken out as well, for who asks what a change said when it came.
  init(_ db: Database, withdrawnToo: Bool = false) {
    self.db = db
    countsWithdrawn = withdrawnToo
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
        space.division.description, space.section.rawValue, Hash256.zero.data, SpaceDigest.empty.data,
      ])
    let entry = SpaceRow(key: db.lastInsertedRowID, sum: .zero, digest: SpaceDigest.empty)
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
    beyondCut = [:]
    takenOut = [:]
  }

  // MARK: branches

  /// The branches of a log that count.
  func branches(of log: LogID) throws -> [Branch] {
    if let known = branches[log] { return known }
    guard let space = try existingSpace(log.space) else { return [] }
    let statement = try db.cachedStatement(
      sql: """
        SELECT key, base, base_n, n, hash, time, withdrawn FROM branches
        WHERE space = ? AND node = ? AND epoch = ? ORDER BY key
        """)
    let rows = try Row.fetchAll(
      statement, arguments: [space.key, log.node.hash.data, Int64(bitPattern: log.epoch)])
    let found = try rows.map { row in
      try (
        Branch(
          key: row[0], log: log, base: row[1], baseN: UInt64(row[2] as Int64),
          head: LogHead(log: log, n: UInt64(row[3] as Int64), hash: try hash(row[4] as Data), time: row[5]),
          isBeyondCut: !countsWithdrawn && Withdrawal(stored: row[6]) == .cut),
        isTakenOut: !countsWithdrawn && Withdrawal(stored: row[6]) == .revoked
      )
    }
    takenOut[log] = found.filter(\.isTakenOut).map(\.0)
    set(found.filter { !$0.isTakenOut }.map(\.0), of: log)
    return branches[log] ?? []
  }

  /// What is held of a log and may be sent: its branches that count, and those beyond its cut.
  func branchesHeld(of log: LogID) throws -> [Branch] {
    let counting = try branches(of: log)
    return beyondCut[log].map { counting + $0 } ?? counting
  }

  private func set(_ all: [Branch], of log: LogID) {
    guard all.contains(where: \.isBeyondCut) else {
      branches[log] = all
      beyondCut[log] = nil
      return
    }
    branches[log] = all.filter { !$0.isBeyondCut }
    beyondCut[log] = all.filter(\.isBeyondCut)
  }

  /// Up to which number a log counts that is cut; nil where it is whole.
  func cut(of log: LogID) throws -> UInt64? {
    let counting = try branches(of: log)
    return beyondCut[log] == nil ? nil : counting.first?.head.n ?? 0
  }

  /// For as long as something is put behind a log's cut, what lies there is seen like what counts.
  func raise(_ log: LogID) throws { branches[log] = try branchesHeld(of: log) }

  func sink(_ log: LogID) { set(branches[log] ?? [], of: log) }

  /// How many rows a log has, whatever counts of them.
  func rowCount(of log: LogID) throws -> Int {
    guard let space = try existingSpace(log.space) else { return 0 }
    return try Int.fetchOne(
      db.cachedStatement(
        sql: "SELECT count(*) FROM branches WHERE space = ? AND node = ? AND epoch = ?"),
      arguments: [space.key, log.node.hash.data, Int64(bitPattern: log.epoch)]) ?? 0
  }

  /// Whether a change is kept, whatever counts of its log.
  func keeps(_ change: ChangeRef) throws -> Bool {
    try hashesKept(at: change.n, of: change.log).contains { $0.prefix == change.hashPrefix }
  }

  /// Whether exactly this head is kept, whatever counts of its log.
  func keeps(_ head: LogHead) throws -> Bool {
    try hashesKept(at: head.n, of: head.log).contains(head.hash)
  }

  /// Whether more than one change is kept that is named so.
  func holdsSeveral(like change: ChangeRef) throws -> Bool {
    try hashesKept(at: change.n, of: change.log).count { $0.prefix == change.hashPrefix } > 1
  }

  private func hashesKept(at n: UInt64, of log: LogID) throws -> [Hash256] {
    guard let space = try existingSpace(log.space) else { return [] }
    let statement = try db.cachedStatement(
      sql: """
        SELECT c.hash FROM branches b JOIN changes c ON c.branch = b.key AND c.n = ?
        WHERE b.space = ? AND b.node = ? AND b.epoch = ?
        """)
    return try Data.fetchAll(
      statement, arguments: [Int64(n), space.key, log.node.hash.data, Int64(bitPattern: log.epoch)]
    ).map { try hash($0) }
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
    beyondCut[log] = nil
    takenOut[log] = nil
    touchedSpaces.insert(log.space)
  }

  /// A new branch row; `base` is nil for a log's first.
  func addBranch(of log: LogID, base: Branch?, at head: LogHead, isBeyondCut: Bool = false) throws -> Branch {
    let space = try self.space(log.space)
    let withdrawal = isBeyondCut ? Withdrawal.cut : .none
    try db.cachedStatement(
      sql: """
        INSERT INTO branches(node, space, epoch, base, base_n, n, hash, time, withdrawn)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      log.node.hash.data, space.key, Int64(bitPattern: log.epoch), base?.key, Int64(head.n),
      Int64(head.n), head.hash.data, head.time, withdrawal.rawValue,
    ])
    let branch = Branch(
      key: db.lastInsertedRowID, log: log, base: base?.key, baseN: head.n, head: head,
      isBeyondCut: isBeyondCut)
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
  ///
  /// - Parameter beyondCut: whether what a log holds beyond its cut is meant as well.
  func branch(
    holding n: UInt64, hashPrefix: UInt64?, of log: LogID, beyondCut: Bool = false
  ) throws -> (Branch, Hash256)? {
    try branch(
      holding: n, of: log, beyondCut: beyondCut, where: hashPrefix.map { prefix in { $0.prefix == prefix } })
  }

  /// The branch that exactly this change lies on: another one may have the prefix of its hash too.
  func branch(
    holding n: UInt64, _ hash: Hash256, of log: LogID, beyondCut: Bool = false
  ) throws -> Branch? {
    try branch(holding: n, of: log, beyondCut: beyondCut, where: { $0 == hash })?.0
  }

  /// - Parameter isMeant: nil where any of that number is.
  private func branch(
    holding n: UInt64, of log: LogID, beyondCut: Bool, where isMeant: ((Hash256) -> Bool)?
  ) throws -> (Branch, Hash256)? {
    let branches = beyondCut ? try branchesHeld(of: log) : try branches(of: log)
    if branches.count > 1 { return try branch(holding: n, of: log, among: branches, where: isMeant) }
    for branch in branches where n > branch.baseN && n <= branch.head.n {
      let found: Hash256
      if n == branch.head.n {
        found = branch.head.hash
      } else {
        let statement = try db.cachedStatement(sql: "SELECT hash FROM changes WHERE branch = ? AND n = ?")
        guard let data = try Data.fetchOne(statement, arguments: [branch.key, Int64(n)]) else { continue }
        found = try hash(data)
      }
      if isMeant?(found) != false { return (branch, found) }
    }
    return nil
  }

  /// The same of a log with several: one statement, however many of them have a change of that number.
  private func branch(
    holding n: UInt64, of log: LogID, among branches: [Branch], where isMeant: ((Hash256) -> Bool)?
  ) throws -> (Branch, Hash256)? {
    let having = branches.filter { n > $0.baseN && n <= $0.head.n }
    if let end = having.first(where: { $0.head.n == n && isMeant?($0.head.hash) == true }) {
      return (end, end.head.hash)
    }
    guard !having.isEmpty, let space = try existingSpace(log.space) else { return nil }
    let statement = try db.cachedStatement(
      sql: """
        SELECT b.key, c.hash FROM branches b JOIN changes c ON c.branch = b.key AND c.n = ?
        WHERE b.space = ? AND b.node = ? AND b.epoch = ?
        """)
    var hashes: [Int64: Hash256] = [:]
    let rows = try Row.fetchCursor(
      statement, arguments: [Int64(n), space.key, log.node.hash.data, Int64(bitPattern: log.epoch)])
    while let row = try rows.next() { hashes[row[0]] = try hash(row[1] as Data) }
    for branch in having {
      if let found = hashes[branch.key], isMeant?(found) != false {
        return (branch, found)
      }
    }
    return nil
  }

  /// The number under which a change that counts came here; nil where it is not held.
  ///
  /// - Parameter hashPrefix: nil where the first branch that has one of that number is meant.
  func arrival(of change: ChangeRef, hashPrefix: UInt64?) throws -> Int64? {
    guard let (branch, _) = try branch(holding: change.n, hashPrefix: hashPrefix, of: change.log) else {
      return nil
    }
    let statement = try db.cachedStatement(sql: "SELECT arrival FROM changes WHERE branch = ? AND n = ?")
    return try Int64.fetchOne(statement, arguments: [branch.key, Int64(change.n)])
  }

  /// Whether exactly this change is held and was taken out.
  func isTakenOut(_ n: UInt64, _ hash: Hash256, of log: LogID) throws -> Bool {
    _ = try branches(of: log)
    guard let takenOut = takenOut[log], !takenOut.isEmpty else { return false }
    return try branch(holding: n, of: log, among: takenOut, where: { $0 == hash }) != nil
  }

  /// Whether exactly this change is held, beyond a cut too.
  func isHeld(_ n: UInt64, _ hash: Hash256, of log: LogID) throws -> Bool {
    try branch(holding: n, hash, of: log, beyondCut: true) != nil
  }

  /// The hash of change `n` of a branch itself.
  func changeHash(at n: UInt64, on branch: Branch) throws -> Hash256? {
    if n == branch.head.n { return branch.head.hash }
    let statement = try db.cachedStatement(sql: "SELECT hash FROM changes WHERE branch = ? AND n = ?")
    return try Data.fetchOne(statement, arguments: [branch.key, Int64(n)]).map { try hash($0) }
  }

  /// A log's head at `n` where exactly that one is held, beyond a cut too; the empty log's for 0.
  func head(of log: LogID, at n: UInt64, _ hash: Hash256) throws -> LogHead? {
    guard n > 0 else { return LogHead(emptyLog: log) }
    guard let branch = try branch(holding: n, hash, of: log, beyondCut: true) else { return nil }
    if n == branch.head.n { return branch.head }
    let statement = try db.cachedStatement(sql: "SELECT time FROM changes WHERE branch = ? AND n = ?")
    let time = try Int64.fetchOne(statement, arguments: [branch.key, Int64(n)]) ?? 0
    return LogHead(log: log, n: n, hash: hash, time: time)
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
