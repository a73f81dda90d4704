internal import Foundation
internal import GRDB
public import Ledger

/// Why a branch does not count, as it stands in `branches.withdrawn`.
enum Withdrawal: Int64 {
  /// It counts.
  case none = 0
  /// It lies beyond what a revocation honours: kept, and sent to nobody.
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
      guard let tree = try divide(log, space, honoured, &moved) else { continue }
      hasChanged = true
      if let reason { try show(tree, reason: reason, at: time) }
    }
    for record in try touched(by: moved) { try records().rebuild(record) }
    return hasChanged
  }

  /// Cuts a log at its first fork where it has more branches than a log may, or moves the cut to a fork that lies
  /// lower. A log of which a revocation leaves something out is drawn by who knows what is honoured (`honour`).
  /// - Returns: whether the line moved.
  func cutAtFirstFork(_ log: LogID) throws -> Bool {
    let space = try logs.space(log.space).key
    guard try !BranchTree(db, log: log, space: space).branches.contains(where: { $0.withdrawal == .revoked })
    else { return false }
    var moved: Set<Int64> = []
    guard try divide(log, space, .everything, &moved) != nil else { return false }
    var gone: [Int64] = []
    for record in try touched(by: moved) where try !records().rebuild(record) { gone.append(record) }
    try forgetImports(of: gone)
    return true
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

  /// What this store imported and nothing counts of any more may be imported again.
  private func forgetImports(of records: [Int64]) throws {
    guard !records.isEmpty else { return }
    let list = "[" + records.map(String.init).joined(separator: ",") + "]"
    try db.execute(
      sql: """
        DELETE FROM imported WHERE (space, record) IN (
          SELECT space, id FROM records WHERE key IN (SELECT value FROM json_each(?)))
        """, arguments: [list])
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
    let rows = try Row.fetchAll(db, sql: "SELECT DISTINCT node, space, epoch FROM branches ORDER BY 1, 2, 3")
    return try rows.compactMap { row in
      guard let node = NodeID(row[0] as Data) else { return nil }
      let log = LogID(node: node, space: try space(key: row[1]), epoch: UInt64(bitPattern: row[2] as Int64))
      return try BranchTree(db, log: log, space: row[1]).differs(from: honoured(log)) ? log : nil
    }
  }
}

/// What a change says beside records.
public struct HeldStatement: Sendable {
  /// The change that it stands in, and the number under which that came here.
  public var change: ChangeRef
  public var arrival: Int64
  public var counts: Bool
  public var statement: Ledger.Statement

  public var author: NodeID { change.log.node }

  fileprivate var certificate: [UInt8]? {
    guard case .certificate(let der) = statement else { return nil }
    return der
  }
}

/// A certificate of a change that counts.
public struct StatedCertificate: Sendable {
  public var change: ChangeRef
  /// DER.
  public var der: [UInt8]

  /// Whose notices hold it.
  public var author: NodeID { change.log.node }
}

/// A revocation, and the change that it stands in.
public struct StatedRevocation: Sendable {
  public var revocation: Revocation
  public var change: ChangeRef
  /// Whether the change counts.
  public var counts: Bool
  /// The certificates (DER) that the same change states.
  public var certificates: [[UInt8]]

  public var author: NodeID { change.log.node }
}

extension Snapshot {
  /// All that are held, those too that stand in what does not count.
  public func revocations() throws -> [StatedRevocation] {
    let beside = Dictionary(
      grouping: try statements(
        type: 1, "AND s.arrival IN (SELECT arrival FROM statements WHERE type = 3)", all: true),
      by: \.change)
    let whole: [StatedRevocation] = try statements(type: 3, all: true).compactMap { held in
      guard case .revocation(let revocation) = held.statement else { return nil }
      return StatedRevocation(
        revocation: revocation, change: held.change, counts: held.counts,
        certificates: (beside[held.change] ?? []).compactMap(\.certificate))
    }
    return try whole + revocationsInParts()
  }

  /// Those that were too long for one change, of which all parts are held.
  private func revocationsInParts() throws -> [StatedRevocation] {
    var parts: [ChangeRef: RevocationPart] = [:]
    var last: [(change: ChangeRef, counts: Bool)] = []
    for held in try statements(type: 7, all: true) {
      // A change has one.
      guard case .revocationPart(let part) = held.statement, parts[held.change] == nil else { continue }
      parts[held.change] = part
      if part.isLast { last.append((held.change, held.counts)) }
    }
    return last.compactMap { change, counts in
      guard let end = parts[change] else { return nil }
      var honoured = [end.honoured]
      var (at, part) = (change, end)
      while let previous = part.previous {
        at = ChangeRef(log: at.log, n: at.n - 1, hashPrefix: previous)
        guard let found = parts[at], found.node == end.node, !found.isLast else { return nil }
        honoured.append(found.honoured)
        part = found
      }
      let all = honoured.reversed().flatMap { $0 }
      return StatedRevocation(
        revocation: Revocation(node: end.node, honoured: all, reason: end.reason), change: change,
        counts: counts, certificates: [])
    }
  }

  /// The changes whose revocations are lifted again, each with the change that says so.
  public func releases() throws -> [(release: ChangeRef, revoking: ChangeRef)] {
    try statements(type: 4).compactMap { held in
      guard case .release(let change) = held.statement else { return nil }
      return (held.change, change)
    }
  }

  /// Whether anybody said anything against a node, whether that counts or not.
  public func anythingSaid(against node: NodeID) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: "SELECT EXISTS (SELECT 1 FROM statements WHERE type IN (3, 7) AND substr(payload, 1, 32) = ?)"),
      arguments: [node.hash.data]) ?? false
  }

  /// Whether anything was ever revoked or cut, as far as is known here: most stores need not look further.
  public func anythingWithdrawn() throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM statements WHERE type IN (3, 7))
            OR EXISTS (SELECT 1 FROM branches WHERE withdrawn > 0)
          """)) ?? false
  }

  /// The certificates that notices hold in what of them counts, as they came.
  ///
  /// - Parameter bytes: only those that contain these, as a key's certificates contain the key.
  public func statedCertificates(containing bytes: [UInt8]? = nil) throws -> [StatedCertificate] {
    let held =
      try bytes.map { try statements(type: 1, "AND instr(s.payload, ?) > 0", [Data($0)]) }
      ?? statements(type: 1)
    return held.compactMap { held in
      held.certificate.map { StatedCertificate(change: held.change, der: $0) }
    }
  }

  /// - Parameters:
  ///   - condition: of SQL, with `more` as its arguments.
  ///   - all: whether those are given too that stand in what does not count.
  func statements(
    type: Int, _ condition: String = "", _ more: [any DatabaseValueConvertible] = [],
    all: Bool = false
  ) throws -> [HeldStatement] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT b.node, b.space, b.epoch, s.payload, c.arrival, c.n, c.hash, b.withdrawn FROM statements s
        JOIN changes c ON c.arrival = s.arrival JOIN branches b ON b.key = c.branch
        WHERE s.type = ? AND (? OR NOT b.withdrawn) \(condition) ORDER BY s.arrival, s.position
        """, arguments: StatementArguments([type, all] + more))
    return try rows.compactMap { row in
      guard let node = NodeID(row[0] as Data), case let space = try space(key: row[1]),
        space.section == .notices
      else { return nil }
      let log = LogID(node: node, space: space, epoch: UInt64(bitPattern: row[2] as Int64))
      let change = ChangeRef(
        log: log, n: UInt64(row[5] as Int64), hashPrefix: try hash(row[6] as Data).prefix)
      return HeldStatement(
        change: change, arrival: row[4], counts: row[7] as Int64 == Withdrawal.none.rawValue,
        statement: try Ledger.Statement(type: UInt64(type), payload: Array(row[3] as Data)))
    }
  }
}
