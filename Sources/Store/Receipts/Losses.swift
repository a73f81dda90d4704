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

/// By what a store came to know that it lacks what its key has signed for.
public enum LossEvidence: UInt8, Sendable {
  /// It was made out of a backup.
  case backup = 1
  /// Receipts that others kept: it was set back in its place, or a copy of it signed them.
  case receipts = 2
}

extension Commit {
  /// Notes since when this store knows that it lacks something: what came back of an earlier time is accounted for no
  /// more.
  ///
  /// - Parameter time: milliseconds since 1970.
  public func noteRestored(at time: Int64, by evidence: LossEvidence) throws {
    try setMeta(.restored, time.bigEndianBytes + [evidence.rawValue])
    for (key, head, _) in try snapshot.losses() where try logs.keeps(head) {
      try db.execute(
        sql: """
          DELETE FROM losses
          WHERE node = ? AND division = ? AND section = ? AND epoch = ? AND n = ? AND hash = ?
          """, arguments: key)
    }
  }

  /// How many lost heads are noted at all.
  static let lossLimit = 10_000

  /// Notes those of some heads that this store's key has signed for and that it does not hold, whether they would count
  /// or not.
  /// - Returns: those that it did not know of.
  public func noteLosses(of heads: some Sequence<LogHead>) throws -> Set<LogHead> {
    let lost = try snapshot.lost(of: heads)
    guard !lost.isEmpty else { return [] }
    let rows = try Int.fetchOne(db, sql: "SELECT count(*) FROM losses") ?? 0
    var new: Set<LogHead> = []
    for head in lost where rows + new.count < Commit.lossLimit {
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
      if db.changesCount > 0 { new.insert(head) }
    }
    return new
  }
}

extension Snapshot {
  /// When this store was restored, or shown that it lacks something, as far as it knows: milliseconds since 1970.
  public func restoredAt() throws -> Int64? {
    try meta(.restored).map { $0.prefix(8).reduce(0) { $0 << 8 | Int64($1) } }
  }

  /// By what it knows; nil where that was not noted.
  public func lossEvidence() throws -> LossEvidence? {
    try meta(.restored).flatMap { $0.count > 8 ? LossEvidence(rawValue: $0[8]) : nil }
  }

  /// Those of some heads that are not kept here, not even where they do not count.
  public func lost(of heads: some Sequence<LogHead>) throws -> [LogHead] {
    let logs = LogRegistry(db)
    return try heads.filter { try !logs.keeps($0) }
  }

  /// What was lost is counted log by log: of several heads the one that reaches farthest.
  ///
  /// - Parameter scope: what is accounted for: nobody gives this office what it may not read any more.
  public func lossAccount(in scope: (Space) -> Bool) throws -> LossAccount {
    var lost: [LogID: (all: UInt64, out: UInt64)] = [:]
    let logs = LogRegistry(db)
    for (_, head, held) in try losses() where scope(head.log.space) {
      let out = try logs.keeps(head) ? 0 : max(1, head.n - logs.reach(of: head.log, upTo: head.n))
      let former = lost[head.log] ?? (0, 0)
      lost[head.log] = (max(former.all, head.n - min(head.n, held), 1), max(former.out, out))
    }
    return lost.values.reduce(into: LossAccount(back: 0, out: 0)) { account, log in
      account.back += Int(log.all - min(log.all, log.out))
      account.out += Int(log.out)
    }
  }

  /// The heads that are noted, each with its row's key and up to which number its log was held then.
  fileprivate func losses() throws -> [(key: StatementArguments, head: LogHead, held: UInt64)] {
    let rows = try Row.fetchAll(db, sql: "SELECT * FROM losses ORDER BY node, division, section, epoch, n")
    return try rows.compactMap { row in
      guard let node = NodeID(row["node"] as Data), let division = DivisionCode(row["division"] as String),
        let section = Space.Section(rawValue: row["section"])
      else { return nil }
      let log = LogID(
        node: node, space: Space(division: division, section: section),
        epoch: UInt64(bitPattern: row["epoch"] as Int64))
      let head = LogHead(
        log: log, n: UInt64(row["n"] as Int64), hash: try hash(row["hash"] as Data), time: 0)
      let key: StatementArguments = [
        row["node"] as Data, row["division"] as String, row["section"] as Int64, row["epoch"] as Int64,
        row["n"] as Int64, row["hash"] as Data,
      ]
      return (key, head, UInt64(row["held"] as Int64))
    }
  }
}

extension LogRegistry {
  /// Up to which number a log is held on any of its branches, and not beyond `n`.
  fileprivate func reach(of log: LogID, upTo n: UInt64) throws -> UInt64 {
    try branchesHeld(of: log).map { min($0.head.n, n) }.max() ?? 0
  }
}
