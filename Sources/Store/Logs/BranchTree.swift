internal import Foundation
internal import GRDB
internal import Ledger

/// One log's branches, those that do not count included, for moving the line between what counts and what
/// does not.
///
/// What lies beyond the last change that counts is a branch of its own, marked with why it does not: it stays in the
/// store under its arrival numbers, and nothing that looks at branches which count sees it.
struct BranchTree {
  struct Branch: Hashable {
    var key: Int64
    var base: Int64?
    var baseN: UInt64
    var n: UInt64
    var hash: Hash256
    var time: Int64
    var certificate: Data?
    var withdrawal: Withdrawal
  }

  let log: LogID
  private let db: Database
  private let space: Int64
  private(set) var branches: [Branch]
  /// As the table has them, but for what was joined or cut off since.
  private var stored: [Branch]

  init(_ db: Database, log: LogID, space: Int64) throws {
    self.db = db
    self.log = log
    self.space = space
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT key, base, base_n, n, hash, time, certificate, withdrawn FROM branches
        WHERE space = ? AND node = ? AND epoch = ? ORDER BY key
        """, arguments: [space, log.node.hash.data, Int64(bitPattern: log.epoch)])
    branches = try rows.map { row in
      Branch(
        key: row[0], base: row[1], baseN: UInt64(row[2] as Int64), n: UInt64(row[3] as Int64),
        hash: try hash(row[4] as Data), time: row[5], certificate: row[6],
        withdrawal: try Withdrawal(stored: row[7]))
    }
    stored = branches
  }

  /// The arrivals of what does not count.
  func withdrawnArrivals() throws -> Set<Int64> {
    var arrivals: Set<Int64> = []
    for branch in branches where branch.withdrawal != .none {
      arrivals.formUnion(
        try Int64.fetchAll(db, sql: "SELECT arrival FROM changes WHERE branch = ?", arguments: [branch.key]))
    }
    return arrivals
  }

  /// Whether the line lies elsewhere than `honoured` says.
  func differs(from honoured: Honoured) throws -> Bool {
    let limits = try limits(honoured)
    let cut = try cutPlace(limits)
    return branches.contains { branch in
      let limit = limits[branch.key] ?? branch.baseN
      let counting = cut.map { min(limit, max(branch.baseN, $0)) } ?? limit
      return switch branch.withdrawal {
      case .none: counting < branch.n
      case .cut: counting > branch.baseN || limit < branch.n
      case .revoked: limit > branch.baseN
      }
    }
  }

  /// Draws the line anew: first what is honoured, then whether that has more branches than a log may.
  mutating func divide(_ honoured: Honoured) throws {
    for index in branches.indices { branches[index].withdrawal = .none }
    try joinAll()
    let limits = try limits(honoured)
    let place = try cutPlace(limits)
    for index in branches.indices { try cut(index, at: limits[branches[index].key] ?? 0, as: .revoked) }
    if let place {
      for index in branches.indices where branches[index].withdrawal == .none {
        try cut(index, at: place, as: .cut)
      }
    }
    // A branch that ends where another goes on is one with it, as it is where only that one was ever held.
    try joinAll()
    let written = Set(stored)
    for branch in branches where !written.contains(branch) { try save(branch) }
    stored = branches
  }

  // MARK: how far a branch counts

  /// Where the log is to be cut, of what lies within these limits.
  private func cutPlace(_ limits: [Int64: UInt64]) throws -> UInt64? {
    try ForkCut.place(in: branches, through: limits, isAmbiguous: hasTwins(within: limits))
  }

  /// Whether two changes within these limits have one number and one hash prefix, by which others name them.
  private func hasTwins(within limits: [Int64: UInt64]) throws -> Bool {
    guard branches.count > 1 else { return false }
    // Up to the lowest place where anything leaves, there is one change of each number.
    let roots = branches.count { $0.base == nil }
    let lowest = roots > 1 ? 0 : branches.compactMap { $0.base == nil ? nil : $0.baseN }.min() ?? 0
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT c.branch, c.n, substr(c.hash, 1, 8) FROM changes c JOIN branches b ON b.key = c.branch
        WHERE b.space = ?1 AND b.node = ?2 AND b.epoch = ?3 AND c.n > ?4 AND (c.n, substr(c.hash, 1, 8)) IN (
          SELECT c.n, substr(c.hash, 1, 8) FROM changes c JOIN branches b ON b.key = c.branch
          WHERE b.space = ?1 AND b.node = ?2 AND b.epoch = ?3 AND c.n > ?4 GROUP BY 1, 2 HAVING count(*) > 1)
        """, arguments: [space, log.node.hash.data, Int64(bitPattern: log.epoch), Int64(lowest)])
    var names: Set<[UInt8]> = []
    return rows.contains { row in
      let n = row[1] as Int64
      guard limits[row[0]].map({ UInt64(n) <= $0 }) == true else { return false }
      return !names.insert(n.bigEndianBytes + Array(row[2] as Data)).inserted
    }
  }

  /// By branch, the number up to which its changes count.
  private func limits(_ honoured: Honoured) throws -> [Int64: UInt64] {
    var limits = Dictionary(uniqueKeysWithValues: branches.map { ($0.key, $0.baseN) })
    for way in honoured.demands(on: log) {
      for (key, n) in try reach(ofAll: way) { limits[key] = max(limits[key] ?? 0, n) }
    }
    return limits
  }

  /// What each of several lists of heads honours: the lowest head holds.
  private func reach(ofAll lists: [[ChangeRef]]) throws -> [Int64: UInt64] {
    var limits = Dictionary(uniqueKeysWithValues: branches.map { ($0.key, $0.n) })
    for heads in lists {
      var reached = Dictionary(uniqueKeysWithValues: branches.map { ($0.key, $0.baseN) })
      for ref in heads {
        for (key, n) in try reach(of: ref) { reached[key] = max(reached[key] ?? 0, n) }
      }
      for (key, n) in reached { limits[key] = min(limits[key] ?? 0, n) }
    }
    return limits
  }

  /// What an honoured head covers: what lies on the way to it, or to each of those that it names: two changes of one
  /// number may have one prefix, and no order of arrival decides between them. Where it is not held yet, nobody can say
  /// which branch leads to it, and whatever lies before its number counts until it comes.
  private func reach(of ref: ChangeRef) throws -> [Int64: UInt64] {
    var covered: [Int64: UInt64] = [:]
    var possible: [Int64: UInt64] = [:]
    for branch in branches {
      guard ref.n > branch.baseN, ref.n <= branch.n else {
        possible[branch.key] = min(ref.n, branch.n)
        continue
      }
      possible[branch.key] = ref.n - 1
      guard try hashHeld(at: ref.n, of: branch)?.prefix == ref.hashPrefix else { continue }
      for (key, n) in way(to: ref.n, on: branch) { covered[key] = max(covered[key] ?? 0, n) }
    }
    return covered.isEmpty ? possible : covered
  }

  /// By branch, up to which number the way to a change lies on it.
  private func way(to n: UInt64, on branch: Branch) -> [Int64: UInt64] {
    var way = [branch.key: n]
    var at = branch
    while let base = at.base, let next = branches.first(where: { $0.key == base }) {
      way[base] = at.baseN
      at = next
    }
    return way
  }

  /// The hash of the first change that lies on a branch itself.
  func firstHash(of branch: Branch) throws -> Hash256? { try hashHeld(at: branch.baseN + 1, of: branch) }

  private func hashHeld(at n: UInt64, of branch: Branch) throws -> Hash256? {
    try Row.fetchOne(
      db, sql: "SELECT hash FROM changes WHERE branch = ? AND n = ?", arguments: [branch.key, Int64(n)]
    ).map { try hash($0[0] as Data) }
  }

  // MARK: joining and cutting

  private mutating func joinAll() throws {
    while let (base, child) = joint() { try join(child, to: base) }
  }

  private func joint() -> (base: Int, child: Int)? {
    let places = Dictionary(uniqueKeysWithValues: branches.indices.map { (branches[$0].key, $0) })
    for (index, child) in branches.enumerated() {
      guard let base = child.base.flatMap({ places[$0] }), branches[base].n == child.baseN,
        branches[base].withdrawal == child.withdrawal
      else { continue }
      return (base, index)
    }
    return nil
  }

  private mutating func join(_ child: Int, to base: Int) throws {
    let joined = branches[child]
    let key = branches[base].key
    try db.execute(
      sql: "UPDATE changes SET branch = ? WHERE branch = ?", arguments: [key, joined.key])
    branches[base].n = joined.n
    branches[base].hash = joined.hash
    branches[base].time = joined.time
    branches[base].certificate = joined.certificate ?? branches[base].certificate
    for index in branches.indices where branches[index].base == joined.key { branches[index].base = key }
    branches.remove(at: child)
    // The table gives its key to another row.
    stored.removeAll { $0.key == joined.key }
    try db.execute(sql: "DELETE FROM branches WHERE key = ?", arguments: [joined.key])
  }

  private mutating func cut(_ index: Int, at limit: UInt64, as withdrawal: Withdrawal) throws {
    let key = branches[index].key
    guard limit < branches[index].n else { return }
    guard limit > branches[index].baseN else {
      branches[index].withdrawal = withdrawal
      return
    }
    var tail = branches[index]
    try db.execute(
      sql: """
        INSERT INTO branches(node, space, epoch, base, base_n, n, hash, time, certificate, withdrawn)
        SELECT node, space, epoch, key, ?, n, hash, time, certificate, ? FROM branches WHERE key = ?
        """, arguments: [Int64(limit), withdrawal.rawValue, key])
    tail.key = db.lastInsertedRowID
    tail.base = key
    tail.baseN = limit
    tail.withdrawal = withdrawal
    try db.execute(
      sql: "UPDATE changes SET branch = ? WHERE branch = ? AND n > ?",
      arguments: [tail.key, key, Int64(limit)])
    for other in branches.indices where branches[other].base == key && branches[other].baseN > limit {
      branches[other].base = tail.key
    }
    let row = try Row.fetchOne(
      db, sql: "SELECT hash, time FROM changes WHERE branch = ? AND n = ?", arguments: [key, Int64(limit)])
    guard let row else { throw StoreError.damaged("change \(limit) of branch \(key) is not in the log") }
    branches[index].n = limit
    branches[index].hash = try hash(row[0] as Data)
    branches[index].time = row[1]
    branches.append(tail)
  }

  private func save(_ branch: Branch) throws {
    try db.execute(
      sql: """
        UPDATE branches SET base = ?, base_n = ?, n = ?, hash = ?, time = ?, certificate = ?, withdrawn = ?
        WHERE key = ?
        """,
      arguments: [
        branch.base, Int64(branch.baseN), Int64(branch.n), branch.hash.data, branch.time, branch.certificate,
        branch.withdrawal.rawValue, branch.key,
      ])
  }
}
