internal import Foundation
internal import GRDB
public import Ledger

/// A receiver's signed word that it holds certain heads.
public struct StoredReceipt: Sendable {
  public var signer: NodeID
  /// The signer's clock, milliseconds since 1970.
  public var at: Int64
  public var heads: [LogHead]
  /// The receipt as it was signed, for handing on.
  public var bytes: [UInt8]

  public init(signer: NodeID, at: Int64, heads: [LogHead], bytes: [UInt8]) {
    self.signer = signer
    self.at = at
    self.heads = heads
    self.bytes = bytes
  }
}

extension Commit {
  /// Keeps a receipt whose signature was checked. What it says of a log counts only where that very head is
  /// held here too, and only where it goes beyond what the signer said before.
  public func keep(_ receipt: StoredReceipt) throws {
    try db.execute(
      sql: "INSERT INTO receipt_texts(signer, at, bytes) VALUES (?, ?, ?)",
      arguments: [receipt.signer.hash.data, receipt.at, Data(receipt.bytes)])
    let key = db.lastInsertedRowID
    var replaced: Set<Int64> = [key]
    for head in receipt.heads {
      guard let (_, hash) = try logs.branch(holding: head.n, hashPrefix: head.hash.prefix, of: head.log),
        hash == head.hash
      else { continue }
      let space = try logs.space(head.log.space).key
      let former = try db.cachedStatement(
        sql: "SELECT receipt FROM receipts WHERE signer = ? AND node = ? AND space = ? AND epoch = ?")
      if let text = try Int64.fetchOne(
        former,
        arguments: [
          receipt.signer.hash.data, head.log.node.hash.data, space, Int64(bitPattern: head.log.epoch),
        ])
      {
        replaced.insert(text)
      }
      try db.cachedStatement(
        sql: """
          INSERT INTO receipts(signer, node, space, epoch, n, hash, receipt) VALUES (?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET n = excluded.n, hash = excluded.hash, receipt = excluded.receipt
          WHERE excluded.n > n
          """
      ).execute(arguments: [
        receipt.signer.hash.data, head.log.node.hash.data, space, Int64(bitPattern: head.log.epoch),
        Int64(head.n), head.hash.data, key,
      ])
    }
    for text in replaced {
      try db.cachedStatement(
        sql: """
          DELETE FROM receipt_texts WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM receipts WHERE receipt = ?1)
          """
      ).execute(arguments: [text])
    }
  }

  /// Notes that `signer` has signed for all that it may read of what is held now, where that is so: then nothing is
  /// looked for before something comes.
  ///
  /// - Parameter peer: what came from this peer needs no receipt of it.
  public func noteReceipted(by signer: NodeID, peer: Int64, scope: (Space) -> Bool) throws {
    guard try snapshot.receiptedThrough(peer) != lastArrival,
      try snapshot.unreceipted(by: signer, excluding: peer, scope: scope, limit: 1).isEmpty
    else { return }
    try db.execute(sql: "UPDATE peers SET receipted = ? WHERE key = ?", arguments: [lastArrival, peer])
  }
}

/// One line of `receipts`.
public struct ReceiptLine: Sendable {
  public var signer: NodeID
  public var at: Int64
  public var log: LogID
  public var n: UInt64
  public var hash: Hash256
}

extension Snapshot {
  public func receiptLines() throws -> [ReceiptLine] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT r.signer, t.at, r.node, r.space, r.epoch, r.n, r.hash FROM receipts r
        JOIN receipt_texts t ON t.key = r.receipt ORDER BY t.at, r.signer, r.space, r.node
        """)
    return try rows.compactMap { row in
      guard let signer = NodeID(row[0] as Data), let node = NodeID(row[2] as Data) else { return nil }
      let log = LogID(node: node, space: try space(key: row[3]), epoch: UInt64(bitPattern: row[4] as Int64))
      return ReceiptLine(
        signer: signer, at: row[1], log: log, n: UInt64(row[5] as Int64), hash: try hash(row[6] as Data))
    }
  }

  /// Heads of this node's logs, and of others' that came by way of it, that `signer` has not signed for:
  /// what to ask a receipt for. At most `limit`; where all is signed for, nothing is looked through.
  public func unreceipted(by signer: NodeID, excluding peer: Int64, scope: (Space) -> Bool, limit: Int) throws
    -> [LogHead]
  {
    guard try receiptedThrough(peer) != ownCursor().arrival else { return [] }
    let spaces = try Int64.fetchAll(db.cachedStatement(sql: "SELECT key FROM spaces")).filter {
      scope(try space(key: $0))
    }
    let list = "[" + spaces.map(String.init).joined(separator: ",") + "]"
    let statement = try db.cachedStatement(
      sql: """
        SELECT b.node, b.space, b.epoch, b.n, b.hash, b.time FROM branches b
        WHERE b.space IN (SELECT value FROM json_each(?1)) AND b.n > 0 AND NOT b.withdrawn AND b.node <> ?2
          AND NOT EXISTS (
            SELECT 1 FROM receipts r WHERE r.signer = ?2 AND r.node = b.node AND r.space = b.space
              AND r.epoch = b.epoch AND r.n >= b.n)
          AND (SELECT source FROM changes c WHERE c.branch = b.key AND c.n = b.n) <> ?3
        LIMIT ?4
        """)
    return try Row.fetchAll(statement, arguments: [list, signer.hash.data, peer, limit]).compactMap { row in
      guard let node = NodeID(row[0] as Data) else { return nil }
      let log = LogID(node: node, space: try space(key: row[1]), epoch: UInt64(bitPattern: row[2] as Int64))
      return LogHead(log: log, n: UInt64(row[3] as Int64), hash: try hash(row[4] as Data), time: row[5])
    }
  }

  /// Up to which arrival a peer had signed for all that it may read, when that was last looked at.
  fileprivate func receiptedThrough(_ peer: Int64) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT receipted FROM peers WHERE key = ?"), arguments: [peer])
  }

  /// Of the heads asked about, those that are held here; for a log that is held only in part, as far as it is.
  public func vouched(_ asked: [LogHead]) throws -> [LogHead] {
    let logs = LogRegistry(db)
    var vouched: [LogHead] = []
    for head in asked {
      if let (_, hash) = try logs.branch(holding: head.n, hashPrefix: head.hash.prefix, of: head.log),
        hash == head.hash
      {
        vouched.append(head)
      } else if let branch = try logs.branches(of: head.log).first, branch.head.n > 0, branch.head.n < head.n
      {
        vouched.append(branch.head)
      }
    }
    return vouched
  }

  /// Changes of this node that none of `signers` has signed for holding.
  public func unsentCount(node: NodeID, coveredBy signers: [NodeID]) throws -> Int {
    let list = signers.map { _ in "?" }.joined(separator: ",")
    var arguments: [any DatabaseValueConvertible] = signers.map { $0.hash.data }
    arguments.append(node.hash.data)
    return try Int.fetchOne(
      db,
      sql: """
        SELECT coalesce(sum(b.n - max(b.base_n, coalesce((
          SELECT max(r.n) FROM receipts r WHERE r.signer IN (\(list)) AND r.node = b.node
            AND r.space = b.space AND r.epoch = b.epoch), 0))), 0)
        FROM branches b WHERE b.node = ? AND NOT b.withdrawn
        """, arguments: StatementArguments(arguments)) ?? 0
  }
}

extension Snapshot {
  /// What `signer` has signed for holding, as ranges that need not be sent to it.
  public func receiptedRanges(by signer: NodeID) throws -> HeldRanges {
    let rows = try Row.fetchAll(
      db, sql: "SELECT node, space, epoch, n, hash FROM receipts WHERE signer = ?",
      arguments: [signer.hash.data])
    return try heldRanges(
      rows.compactMap { row in
        guard let node = NodeID(row[0] as Data) else { return nil }
        let log = LogID(node: node, space: try space(key: row[1]), epoch: UInt64(bitPattern: row[2] as Int64))
        return HeldLog(
          log: log, points: [HeldLog.Point(n: UInt64(row[3] as Int64), hash: try hash(row[4] as Data))])
      })
  }
}
