internal import Foundation
internal import GRDB
public import Ledger

extension Commit {
  /// Takes back what `receipt`'s signer said before of logs in `scope` and does not say any more: it has lost it.
  ///
  /// - Parameters:
  ///   - receipt: names all that its signer holds of these logs; one that is older than what was said takes nothing back.
  ///   - peer: the signer. What came from it lies in no receipt of its own: up to here it is not left out any more of what
  ///     is made for it.
  /// - Returns: how many changes it said that it held, and does not any more.
  public func takeBack(by receipt: StoredReceipt, of peer: Int64, in scope: (Space) -> Bool) throws -> Int {
    let named = Dictionary(grouping: receipt.heads, by: \.log)
    var lost: [LogID: UInt64] = [:]
    for line in try snapshot.receiptLines(by: receipt.signer) where line.at < receipt.at {
      // What was taken out here says nothing any more.
      guard scope(line.log.space), let head = try logs.head(of: line.log, at: line.n, line.hash) else {
        continue
      }
      let reach = try reach(of: named[line.log] ?? [], on: head)
      guard reach < head.n else { continue }
      lost[line.log] = max(lost[line.log] ?? 0, head.n - reach)
      try drop([line])
    }
    if !lost.isEmpty { try noteRetraction(of: receipt.signer, at: receipt.at) }
    if try !lost.isEmpty || lacksOwn(receipt.signer, named, in: scope) {
      try db.execute(
        sql: "UPDATE peers SET sent_arrival = ? WHERE key = ?", arguments: [lastArrival, peer])
    }
    return lost.values.reduce(0) { $0 + Int(clamping: $1) }
  }

  /// What a signer signed before this moment of its clock, it may hold no more.
  private func noteRetraction(of signer: NodeID, at time: Int64) throws {
    try db.execute(
      sql: "INSERT INTO meta(name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      arguments: [Snapshot.retractionName(signer), Data(time.bigEndianBytes)])
  }

  /// Whether a signer has lost, since it signed a receipt, what it had said that it holds.
  public func isRetracted(_ signer: NodeID, at time: Int64) throws -> Bool {
    let stored = try Data.fetchOne(
      db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [Snapshot.retractionName(signer)])
    return stored.map { time < $0.reduce(0) { $0 << 8 | Int64($1) } } ?? false
  }

  /// Whether a signer that names logs of its own lacks some of what is held here of these.
  private func lacksOwn(_ signer: NodeID, _ named: [LogID: [LogHead]], in scope: (Space) -> Bool) throws
    -> Bool
  {
    guard named.keys.contains(where: { $0.node == signer }) else { return false }
    return try snapshot.heads(of: signer).contains { head in
      try scope(head.log.space) && reach(of: named[head.log] ?? [], on: head) < head.n
    }
  }

  /// Up to which number the heads that are named cover the way to one that is held here. One that lies beyond what is held
  /// may be on that way.
  private func reach(of named: [LogHead], on head: LogHead) throws -> UInt64 {
    var reach: UInt64 = 0
    for other in named {
      guard let held = try logs.head(of: other.log, at: other.n, other.hash) else {
        if other.n > head.n { return head.n }
        continue
      }
      if held.n >= head.n {
        if held.hash == head.hash || logs.isHeldBefore(head.ref, held.ref) { return head.n }
      } else if logs.isHeldBefore(held.ref, head.ref) {
        reach = max(reach, held.n)
      }
    }
    return reach
  }
}

extension Snapshot {
  fileprivate static func retractionName(_ signer: NodeID) -> String { "retracted-\(signer)" }

  /// Whether a signer has said how far it holds its own logs, which only one does that may lack some of these.
  public func namesOwnLogs(_ signer: NodeID) throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM receipts WHERE signer = ?1 AND node = ?1)",
      arguments: [signer.hash.data]) ?? false
  }
}
