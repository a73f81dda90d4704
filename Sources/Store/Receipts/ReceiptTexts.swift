internal import Foundation
internal import GRDB
public import Ledger

/// Receipts as they were signed, and how far they reach.
extension Snapshot {
  /// The receipts of `signer` as it signed them, what came last first, as many as fit `bytes`: no clock keeps others out.
  public func receiptTexts(by signer: NodeID, limit: Int, bytes: Int) throws -> [[UInt8]] {
    let keys = try Int64.fetchAll(
      db, sql: "SELECT key FROM receipt_texts WHERE signer = ? ORDER BY key DESC LIMIT ?",
      arguments: [signer.hash.data, limit])
    return try texts(keys, limit: limit, bytes: bytes) { _ in true }
  }

  /// The receipts of a signer that are held, what came last first, each with when it was signed.
  func texts(of signer: NodeID) throws -> [(key: Int64, signing: SigningTime)] {
    try Row.fetchAll(
      db,
      sql:
        "SELECT t.key, \(ReceiptLine.textStart) FROM receipt_texts t WHERE t.signer = ? ORDER BY t.key DESC",
      arguments: [signer.hash.data]
    ).compactMap { row in ReceiptLine.signing(of: row[1]).map { (row[0], $0) } }
  }

  /// Those of some texts that find room together; one that is too large is not read, and keeps none behind it out.
  private func texts(_ keys: [Int64], limit: Int, bytes: Int, where mayShow: ([UInt8]) -> Bool) throws
    -> [[UInt8]]
  {
    try found(keys, limit: limit, bytes: bytes, where: mayShow).texts
  }

  /// - Returns: also the keys of those that found no room.
  func found(_ keys: [Int64], limit: Int, bytes: Int, where mayShow: ([UInt8]) -> Bool) throws
    -> (texts: [[UInt8]], left: Set<Int64>)
  {
    let statement = try db.cachedStatement(
      sql: "SELECT bytes FROM receipt_texts WHERE key = ? AND length(bytes) <= ?")
    var room = bytes
    var texts: [[UInt8]] = []
    var left: Set<Int64> = []
    for key in keys {
      guard texts.count < limit,
        let text = try Data.fetchOne(statement, arguments: [key, room]).map({ Array($0) })
      else {
        left.insert(key)
        continue
      }
      guard mayShow(text) else { continue }
      room -= text.count
      texts.append(text)
    }
    return (texts, left)
  }

  /// The receipts that name logs of a node, what came last first.
  ///
  /// - Parameter signers: whose are left out.
  public func receipts(naming node: NodeID, butOf signers: [NodeID]) throws -> [NamingReceipt] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT t.key, t.at, r.signer, r.space, r.epoch FROM receipts r JOIN receipt_texts t ON t.key = r.receipt
          WHERE r.node = ? ORDER BY t.key DESC
          """), arguments: [node.hash.data])
    var found: [NamingReceipt] = []
    for row in rows {
      guard let signer = NodeID(row[2] as Data), !signers.contains(signer) else { continue }
      let log = LogID(node: node, space: try space(key: row[3]), epoch: UInt64(bitPattern: row[4] as Int64))
      let id = NamingReceipt.ID(key: row[0], at: row[1])
      if found.last?.id == id {
        found[found.count - 1].logs.insert(log)
      } else {
        found.append(NamingReceipt(id: id, signer: signer, logs: [log]))
      }
    }
    return found
  }

  /// Receipts as they were signed, as far as `bytes` reach.
  ///
  /// - Parameter mayShow: whether all that a receipt names may be shown to who gets it.
  /// - Returns: also those that found no room.
  public func texts(
    of receipts: [NamingReceipt], limit: Int, bytes: Int, mayShow: (Receipt) -> Bool
  ) throws -> (texts: [[UInt8]], left: Set<NamingReceipt.ID>) {
    let (texts, left) = try found(receipts.map(\.id.key), limit: limit, bytes: bytes) { text in
      (try? Receipt(encoded: text)).map(mayShow) ?? false
    }
    return (texts, Set(receipts.map(\.id).filter { left.contains($0.key) }))
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

/// A receipt that is held, and which logs of one node it names.
public struct NamingReceipt: Sendable {
  /// A key may be another text's after the one that had it was taken out.
  public struct ID: Hashable, Sendable {
    var key: Int64
    var at: Int64
  }

  public var id: ID
  public var signer: NodeID
  public var logs: Set<LogID>
}
