internal import Foundation
internal import GRDB
public import Ledger

/// How a store that lost what came after a backup gets it back, by its own receipts that others kept.
public struct LossAccount: Hashable, Sendable {
  /// Changes that it had signed for and did not hold, and that have come back.
  public var back: Int
  /// Those that it still does not hold.
  public var out: Int

  public init(back: Int, out: Int) {
    self.back = back
    self.out = out
  }
}

extension Commit {
  /// Notes since when this store knows that it lost something.
  ///
  /// - Parameter time: milliseconds since 1970.
  public func noteRestored(at time: Int64) throws { try setMeta(.restored, time.bigEndianBytes) }

  /// How many lost heads are noted at all.
  static let lossLimit = 10_000

  /// Notes those of some heads that this store has signed for which it does not hold, whether they would count or not.
  /// - Returns: whether there are any.
  public func noteLosses(of heads: some Sequence<LogHead>) throws -> Bool {
    let lost = try snapshot.lost(of: heads)
    guard !lost.isEmpty else { return false }
    let rows = try Int.fetchOne(db, sql: "SELECT count(*) FROM losses") ?? 0
    for head in lost.prefix(max(0, Commit.lossLimit - rows)) {
      try db.cachedStatement(
        sql: """
          INSERT INTO losses(node, division, section, epoch, n, hash, held) VALUES (?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT DO NOTHING
          """
      ).execute(arguments: [
        head.log.node.hash.data, head.log.space.division.description, head.log.space.section.rawValue,
        Int64(bitPattern: head.log.epoch), Int64(head.n), head.hash.data,
        Int64(try logs.reach(of: head.log, upTo: head.n)),
      ])
    }
    return true
  }
}

extension Snapshot {
  /// When this store was restored, as far as it knows: milliseconds since 1970.
  public func restoredAt() throws -> Int64? {
    try meta(.restored).map { $0.reduce(0) { $0 << 8 | Int64($1) } }
  }

  /// Those of some heads that are not kept here, not even where they do not count.
  public func lost(of heads: some Sequence<LogHead>) throws -> [LogHead] {
    let logs = LogRegistry(db)
    return try heads.filter { try !logs.keeps($0) }
  }

  /// What was lost is counted log by log: of several heads the one that reaches farthest.
  public func lossAccount() throws -> LossAccount {
    let rows = try Row.fetchAll(db, sql: "SELECT * FROM losses ORDER BY node, division, section, epoch, n")
    let logs = LogRegistry(db)
    var lost: [LogID: (all: UInt64, out: UInt64)] = [:]
    for row in rows {
      guard let node = NodeID(row["node"] as Data), let division = DivisionCode(row["division"] as String),
        let section = Space.Section(rawValue: row["section"])
      else { continue }
      let log = LogID(
        node: node, space: Space(division: division, section: section),
        epoch: UInt64(bitPattern: row["epoch"] as Int64))
      let n = UInt64(row["n"] as Int64)
      let head = LogHead(log: log, n: n, hash: try hash(row["hash"] as Data), time: 0)
      let out = try logs.keeps(head) ? 0 : max(1, n - logs.reach(of: log, upTo: n))
      let former = lost[log] ?? (0, 0)
      lost[log] = (max(former.all, n - min(n, UInt64(row["held"] as Int64)), 1), max(former.out, out))
    }
    return lost.values.reduce(into: LossAccount(back: 0, out: 0)) { account, log in
      account.back += Int(log.all - min(log.all, log.out))
      account.out += Int(log.out)
    }
  }
}

extension LogRegistry {
  /// Up to which number a log is held on any of its branches, and not beyond `n`.
  fileprivate func reach(of log: LogID, upTo n: UInt64) throws -> UInt64 {
    try branchesHeld(of: log).map { min($0.head.n, n) }.max() ?? 0
  }
}
