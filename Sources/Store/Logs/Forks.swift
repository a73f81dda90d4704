internal import Campaign
internal import Foundation
internal import GRDB
public import Ledger

/// A log with several branches, and what lies on each: one computer went back to an earlier state and wrote on.
public struct Fork: Sendable {
  /// What lies on one branch beyond the log's first fork and on no other.
  public struct Branch: Sendable {
    /// The numbers of its first and its last change.
    public var first: UInt64
    public var last: UInt64
    public var hash: Hash256
    /// By the author's clock: milliseconds since 1970.
    public var from: Int64
    public var to: Int64
    /// Whether it counts: not beyond the cut of a log with too many branches.
    public var counts: Bool
    /// The first of the records that it touches, as they are now; beyond a cut as it made them.
    public var records: [RecordView]
    /// How many records it touches, and things it says beside records (certificates, packs), as far as it was
    /// looked through.
    public var recordCount: Int
    public var statementCount: Int
    /// Whether all of it was looked through.
    public var isWhole: Bool

    public var changes: UInt64 { last - first + 1 }
  }

  public var log: LogID
  /// The number of the last change before the first fork, 0 where the log parts at its beginning; and its time.
  public var n: UInt64
  public var at: Int64?
  public var branches: [Branch]
  /// Of the records that the branches touch, those with an open conflict.
  public var conflicted: Int

  /// Whether nothing counts of it after its first fork.
  public var isCut: Bool { branches.contains { !$0.counts } }
}

extension Snapshot {
  /// The logs with more than one branch, cut ones too; the one that was forked last comes first.
  public func forkedLogs() throws -> [LogID] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT node, space, epoch FROM branches WHERE withdrawn <> ?
        GROUP BY space, node, epoch HAVING count(*) > 1 ORDER BY max(key) DESC
        """, arguments: [Withdrawal.revoked.rawValue])
    return try rows.compactMap { row in
      guard let node = NodeID(row[0] as Data) else { return nil }
      return LogID(node: node, space: try space(key: row[1]), epoch: UInt64(bitPattern: row[2] as Int64))
    }
  }

  /// What lies on the branches of a log; nil where it has one. What the branches left may be taken out itself.
  public func fork(of log: LogID) throws -> Fork? {
    guard let space = try LogRegistry(db).existingSpace(log.space)?.key else { return nil }
    let branches = try BranchTree(db, log: log, space: space).branches.filter { $0.withdrawal != .revoked }
    let keys = Set(branches.map(\.key))
    let trunk = branches.first { $0.base.map(keys.contains) != true }?.key
    let children = branches.filter { $0.key != trunk }
    guard let parting = children.min(by: { $0.baseN < $1.baseN }) else { return nil }
    let n = parting.baseN
    let at = try parting.base.flatMap { try time(of: n, on: $0) }
    var reader = BranchReader(self, log: log, space: space)
    let lying = try branches.filter { $0.n > max($0.baseN, n) }.map { try reader.read($0, after: n) }
    // Every store tells them in the same order, whatever came to it first.
    let ordered = lying.sorted { ($0.from, $0.hash) < ($1.from, $1.hash) }
    return Fork(log: log, n: n, at: at, branches: ordered, conflicted: reader.conflicted.count)
  }

  fileprivate func time(of n: UInt64, on branch: Int64) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT time FROM changes WHERE branch = ? AND n = ?"),
      arguments: [branch, Int64(n)])
  }
}

/// Says what the branches of one log do. Of a long one the beginning is looked through: it is asked for by `status`.
private struct BranchReader {
  /// Of each branch so many changes and bytes are looked through, and so many records are given.
  private static let mostChanges = 256
  private static let mostBytes = 2 << 20
  private static let mostRecords = 5

  private let snapshot: Snapshot
  private let log: LogID
  private let space: Int64
  private let naming: RecordNaming
  /// The rows of records with an open conflict.
  private(set) var conflicted: Set<Int64> = []

  init(_ snapshot: Snapshot, log: LogID, space: Int64) {
    self.snapshot = snapshot
    self.log = log
    self.space = space
    // Beyond a cut too a mutation names what its branch made.
    naming = RecordNaming(
      db: snapshot.db, logs: LogRegistry(snapshot.db, withdrawnToo: true), decoded: snapshot.decoded)
  }

  mutating func read(_ row: BranchTree.Branch, after n: UInt64) throws -> Fork.Branch {
    let first = max(row.baseN, n) + 1
    var branch = Fork.Branch(
      first: first, last: row.n, hash: row.hash, from: try snapshot.time(of: first, on: row.key) ?? row.time,
      to: row.time, counts: row.withdrawal == .none, records: [], recordCount: 0, statementCount: 0,
      isWhole: true)
    var touched: Set<RecordID> = []
    var left = BranchReader.mostBytes
    let arrivals = try Row.fetchAll(
      snapshot.db,
      sql: "SELECT arrival, length(body) FROM changes WHERE branch = ? AND n >= ? ORDER BY n LIMIT ?",
      arguments: [row.key, Int64(first), BranchReader.mostChanges + 1])
    for (index, arrival) in arrivals.enumerated() {
      left -= arrival[1] as Int
      guard index < BranchReader.mostChanges, left >= 0 || index == 0 else {
        branch.isWhole = false
        break
      }
      try read(arrival: arrival[0], into: &branch, &touched)
    }
    branch.recordCount = touched.count
    return branch
  }

  private mutating func read(
    arrival: Int64, into branch: inout Fork.Branch, _ touched: inout Set<RecordID>
  ) throws {
    let stored = try snapshot.decoded.change(arrival: arrival)
    branch.statementCount += stored.content.statements.count
    guard !stored.content.hasUnknownParts else { return }
    for mutation in stored.content.mutations {
      guard let id = try naming.record(of: mutation.target, in: stored.change.ref),
        touched.insert(id).inserted
      else { continue }
      let row = try RecordRow.find(snapshot.db, id: id, space: space)
      if let row,
        row.flags & (DerivedColumns.conflicted | DerivedColumns.deleted) == DerivedColumns.conflicted
      {
        conflicted.insert(row.key)
      }
      guard branch.records.count < BranchReader.mostRecords else { continue }
      branch.records.append(try view(row, id: id, as: mutation, of: stored.change))
    }
  }

  private func view(
    _ row: RecordRow?, id: RecordID, as mutation: Mutation, of change: Change
  ) throws -> RecordView {
    if let view = try row.map(snapshot.view), view.kindName != nil { return view }
    var state = RecordState()
    state.apply(mutation, firstK: 1, of: change.ref, time: change.time, knowledge: NothingBefore())
    return RecordView(
      state, id: id, space: log.space, pack: try snapshot.pack(), offices: try snapshot.knownOffices())
  }
}
