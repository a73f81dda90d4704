internal import Foundation
internal import GRDB
public import Ledger

/// What is noted of receipts, held against their signed texts.
extension Snapshot {
  /// The lines that no text bears out.
  ///
  /// - Parameter isSigned: whether a receipt is its signer's word.
  public func unfoundedReceipts(_ isSigned: (Receipt) -> Bool) throws -> [ReceiptLine] {
    var signed: [Int64: Set<LogHead>] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT key, signer, at, bytes FROM receipt_texts") {
      guard let receipt = try? Receipt(encoded: Array(row[3] as Data)),
        receipt.signer == NodeID(row[1] as Data), receipt.time == row[2], isSigned(receipt)
      else { continue }
      signed[row[0]] = Set(receipt.heads)
    }
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT r.signer, t.at, r.node, r.space, r.epoch, r.n, r.hash, r.receipt FROM receipts r
        LEFT JOIN receipt_texts t ON t.key = r.receipt
        """)
    var unfounded: [ReceiptLine] = []
    while let row = try rows.next() {
      guard let signer = NodeID(row[0] as Data), let node = NodeID(row[2] as Data) else { continue }
      let log = LogID(node: node, space: try space(key: row[3]), epoch: UInt64(bitPattern: row[4] as Int64))
      let head = LogHead(log: log, n: UInt64(row[5] as Int64), hash: try hash(row[6] as Data), time: 0)
      guard signed[row[7]]?.contains(head) != true else { continue }
      unfounded.append(
        ReceiptLine(
          signer: signer, at: row[1] as Int64? ?? 0, log: log, n: head.n, hash: head.hash,
          text: row[7]))
    }
    return unfounded
  }
}

extension Commit {
  /// Forgets what is noted of receipts, and their texts; their signers are asked anew.
  public func drop(_ lines: [ReceiptLine]) throws {
    try forget(lines)
    try dropUnusedTexts()
  }

  /// Forgets receipts on which nothing rests.
  ///
  /// - Parameter signer: only its; nil: anybody's.
  func dropUnusedTexts(of signer: NodeID? = nil) throws {
    try db.execute(
      sql: """
        DELETE FROM receipt_texts WHERE key NOT IN (SELECT receipt FROM receipts) AND (?1 IS NULL OR signer = ?1)
        """, arguments: [signer?.hash.data])
  }

  /// Forgets what is noted of receipts. Their texts stay.
  func forget(_ lines: [ReceiptLine]) throws {
    for line in lines {
      try db.execute(
        sql: """
          DELETE FROM receipts WHERE signer = ? AND node = ? AND space = ? AND epoch = ? AND n = ? AND hash = ?
          """,
        arguments: [
          line.signer.hash.data, line.log.node.hash.data, try logs.space(line.log.space).key,
          Int64(bitPattern: line.log.epoch), Int64(line.n), line.hash.data,
        ])
    }
    try forgetReceipted()
  }
}
