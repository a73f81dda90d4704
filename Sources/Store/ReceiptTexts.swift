internal import Foundation
internal import GRDB
public import Ledger

/// Receipts as they were signed, and how far they reach.
extension Snapshot {
  /// The receipts of `signer` as it signed them, the newest first, as many as fit `bytes`.
  public func receiptTexts(by signer: NodeID, limit: Int, bytes: Int) throws -> [[UInt8]] {
    let keys = try Int64.fetchAll(
      db, sql: "SELECT key FROM receipt_texts WHERE signer = ? ORDER BY at DESC, key DESC LIMIT ?",
      arguments: [signer.hash.data, limit])
    return try texts(keys, limit: limit, bytes: bytes) { _ in true }
  }

  /// Those of some texts that find room together; one that is too large is not read, and keeps none behind it out.
  private func texts(_ keys: [Int64], limit: Int, bytes: Int, where mayShow: ([UInt8]) -> Bool) throws
    -> [[UInt8]]
  {
    let statement = try db.cachedStatement(
      sql: "SELECT bytes FROM receipt_texts WHERE key = ? AND length(bytes) <= ?")
    var left = bytes
    var texts: [[UInt8]] = []
    for key in keys where texts.count < limit {
      guard let text = try Data.fetchOne(statement, arguments: [key, left]).map({ Array($0) }), mayShow(text)
      else { continue }
      left -= text.count
      texts.append(text)
    }
    return texts
  }

  /// The receipts of others that name logs which are asked about, as they signed them, the newest first, as far as `bytes`
  /// reach.
  ///
  /// - Parameters:
  ///   - signers: whose are left out.
  ///   - mayShow: whether all that a receipt names may be shown to who asks.
  public func receiptTexts(
    naming asked: [LogHead], butOf signers: [NodeID], limit: Int, bytes: Int,
    mayShow: (Receipt) -> Bool
  ) throws -> [[UInt8]] {
    let logs = LogRegistry(db)
    let butOf = Set(signers.map(\.hash.data))
    var found: [Int64: Int64] = [:]
    for log in Set(asked.map(\.log)) {
      guard let space = try logs.existingSpace(log.space)?.key else { continue }
      let rows = try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT t.key, t.at, r.signer FROM receipts r JOIN receipt_texts t ON t.key = r.receipt
            WHERE r.node = ? AND r.space = ? AND r.epoch = ?
            """), arguments: [log.node.hash.data, space, Int64(bitPattern: log.epoch)])
      for row in rows where !butOf.contains(row[2]) { found[row[0]] = row[1] }
    }
    let keys = found.sorted { ($1.value, $1.key) < ($0.value, $0.key) }.map(\.key)
    return try texts(keys, limit: limit, bytes: bytes) { text in
      (try? Receipt(encoded: text)).map(mayShow) ?? false
    }
  }

  /// Heads of a node's own logs for which no receipt of any of `signers` is held, at most `limit`.
  public func heads(of node: NodeID, unreceiptedBy signers: [NodeID], scope: (Space) -> Bool, limit: Int)
    throws -> [LogHead]
  {
    var receipts: [HeldLog] = []
    for signer in signers { receipts += try self.receipts(by: signer, of: node) }
    let covered = try heldRanges(receipts)
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT key, space, epoch, n, hash, time FROM branches WHERE node = ? AND n > 0 AND NOT withdrawn
          ORDER BY key DESC
          """), arguments: [node.hash.data])
    let heads = try rows.compactMap { row -> LogHead? in
      let n = UInt64(row[3] as Int64)
      guard covered.through(branch: row[0]) < n, case let space = try space(key: row[1]), scope(space) else {
        return nil
      }
      let log = LogID(node: node, space: space, epoch: UInt64(bitPattern: row[2] as Int64))
      return LogHead(log: log, n: n, hash: try hash(row[4] as Data), time: row[5])
    }
    return Array(heads.prefix(limit))
  }

  /// What `signer` has signed for holding, as ranges that need not be sent to it.
  public func receiptedRanges(by signer: NodeID) throws -> HeldRanges {
    try heldRanges(receipts(by: signer, of: nil))
  }

  /// - Parameter author: whose logs; nil for everybody's.
  func receipts(by signer: NodeID, of author: NodeID?) throws -> [HeldLog] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT node, space, epoch, n, hash FROM receipts WHERE signer = ?1 AND (?2 IS NULL OR node = ?2)
        """, arguments: [signer.hash.data, author?.hash.data])
    return try rows.compactMap { row in
      guard let node = NodeID(row[0] as Data) else { return nil }
      let log = LogID(node: node, space: try space(key: row[1]), epoch: UInt64(bitPattern: row[2] as Int64))
      return HeldLog(
        log: log, points: [HeldLog.Point(n: UInt64(row[3] as Int64), hash: try hash(row[4] as Data))])
    }
  }
}
