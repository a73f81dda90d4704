internal import Foundation
internal import GRDB
public import Ledger

/// A receiver's signed word that it holds certain heads.
public struct StoredReceipt: Sendable {
  public var signer: NodeID
  /// When it was signed, in the signer's own order.
  public var signing: SigningTime
  public var heads: [LogHead]
  /// The receipt as it was signed, for handing on.
  public var bytes: [UInt8]

  /// - Parameter bytes: it, encoded.
  public init(_ receipt: Receipt, bytes: [UInt8]) {
    signer = receipt.signer
    signing = receipt.signing
    heads = receipt.heads
    self.bytes = bytes
  }
}

extension Commit {
  /// Keeps a receipt whose signature was checked. What it says of a log counts only where that very head is
  /// held here too, and only where it goes beyond what the signer said before of that branch.
  public func keep(_ receipt: StoredReceipt) throws {
    try db.execute(
      sql: "INSERT INTO receipt_texts(signer, at, bytes) VALUES (?, ?, ?)",
      arguments: [receipt.signer.hash.data, receipt.signing.time, Data(receipt.bytes)])
    let key = db.lastInsertedRowID
    var replaced: Set<Int64> = [key]
    for head in receipt.heads.lookedAt {
      guard try logs.isHeld(head.n, head.hash, of: head.log) else { continue }
      replaced.formUnion(try keep(head, of: receipt.signer, at: receipt.signing, text: key))
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

  /// Somebody may read more than when that was noted.
  public func forgetReceipted() throws { try db.execute(sql: "UPDATE peers SET receipted = NULL") }

  /// Notes one head of a receipt, in place of those that lie before it on its branch; of what was said before, that it was
  /// said again, for who lost it since is believed only by what it signed later.
  /// - Returns: the receipts that said those.
  private func keep(_ head: LogHead, of signer: NodeID, at signing: SigningTime, text: Int64) throws -> Set<
    Int64
  > {
    let log: StatementArguments = [
      signer.hash.data, head.log.node.hash.data, try logs.space(head.log.space).key,
      Int64(bitPattern: head.log.epoch),
    ]
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT r.n, r.hash, r.receipt, \(ReceiptLine.textStart) FROM receipts r
          LEFT JOIN receipt_texts t ON t.key = r.receipt
          WHERE r.signer = ? AND r.node = ? AND r.space = ? AND r.epoch = ?
          """),
      arguments: log)
    var replaced: Set<Int64> = []
    for row in rows {
      // One that was taken out since says nothing any more.
      if let former = try logs.head(of: head.log, at: UInt64(row[0] as Int64), try hash(row[1] as Data)) {
        if former.n == head.n, former.hash == head.hash {
          guard let said = ReceiptLine.signing(of: row[3]), said < signing else { return [] }
          try db.cachedStatement(
            sql: """
              UPDATE receipts SET receipt = ? WHERE signer = ? AND node = ? AND space = ? AND epoch = ? AND hash = ?
              """
          ).execute(arguments: [text] + log + [row[1] as Data])
          return [row[2]]
        }
        if former.n >= head.n, logs.isHeldBefore(head.ref, former.ref) { return [] }
        guard former.n < head.n, logs.isHeldBefore(former.ref, head.ref) else { continue }
      }
      try db.cachedStatement(
        sql: "DELETE FROM receipts WHERE signer = ? AND node = ? AND space = ? AND epoch = ? AND hash = ?"
      ).execute(arguments: log + [row[1] as Data])
      replaced.insert(row[2])
    }
    try db.cachedStatement(
      sql: "INSERT INTO receipts(signer, node, space, epoch, n, hash, receipt) VALUES (?, ?, ?, ?, ?, ?, ?)"
    ).execute(arguments: log + [Int64(head.n), head.hash.data, text])
    return replaced
  }
}

/// One line of `receipts`.
public struct ReceiptLine: Sendable {
  public var signer: NodeID
  public var at: Int64
  public var log: LogID
  public var n: UInt64
  public var hash: Hash256
  /// Which text bears it out.
  var text: Int64

  /// The head that is signed for.
  public var head: ChangeRef { ChangeRef(log: log, n: n, hashPrefix: hash.prefix) }

  /// So much of a receipt's text as says when it was signed: others may be of any length.
  static let textStart = "substr(t.bytes, 1, \(Receipt.startByteCount))"

  /// - Parameter start: as it was read by `textStart`; nil where there is no such text.
  static func signing(of start: Data?) -> SigningTime? {
    start.flatMap { Receipt.signing(ofStart: Array($0)) }
  }
}

extension Snapshot {
  /// - Parameter signer: whose; nil for everybody's.
  public func receiptLines(by signer: NodeID? = nil) throws -> [ReceiptLine] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT r.signer, t.at, r.node, r.space, r.epoch, r.n, r.hash, t.key FROM receipts r
        JOIN receipt_texts t ON t.key = r.receipt WHERE ?1 IS NULL OR r.signer = ?1
        ORDER BY t.at, r.signer, r.space, r.node, r.n
        """, arguments: [signer?.hash.data])
    return try rows.compactMap { row in
      guard let signer = NodeID(row[0] as Data), let node = NodeID(row[2] as Data) else { return nil }
      let log = LogID(node: node, space: try space(key: row[3]), epoch: UInt64(bitPattern: row[4] as Int64))
      return ReceiptLine(
        signer: signer, at: row[1], log: log, n: UInt64(row[5] as Int64), hash: try hash(row[6] as Data),
        text: row[7])
    }
  }

  /// Heads of this node's logs, and of others' that came by way of it, that `signer` has not signed for:
  /// what to ask a receipt for. At most `limit`; where all is signed for, nothing is looked through. A head is signed for
  /// where a receipt names it or one beyond it on the way. What this node lost
  /// and got back from `peer` is asked for as well: the receipt was lost with it.
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
        SELECT b.node, b.space, b.epoch, b.n, b.hash, b.time, EXISTS (
            SELECT 1 FROM receipts r WHERE r.signer = ?2 AND r.node = b.node AND r.space = b.space
              AND r.epoch = b.epoch AND r.n > b.n)
          FROM branches b
        WHERE b.space IN (SELECT value FROM json_each(?1)) AND b.n > 0 AND NOT b.withdrawn AND b.node <> ?2
          AND NOT EXISTS (
            SELECT 1 FROM receipts r WHERE r.signer = ?2 AND r.node = b.node AND r.space = b.space
              AND r.epoch = b.epoch AND r.hash = b.hash)
          AND (b.node = ?4 OR (SELECT source FROM changes c WHERE c.branch = b.key AND c.n = b.n) <> ?3)
        """)
    let own = try meta(.node).map { Data($0) } ?? Data()
    let rows = try Row.fetchCursor(statement, arguments: [list, signer.hash.data, peer, own])
    let logs = LogRegistry(db)
    var heads: [LogHead] = []
    while heads.count < limit, let row = try rows.next() {
      guard let node = NodeID(row[0] as Data) else { continue }
      let log = LogID(node: node, space: try space(key: row[1]), epoch: UInt64(bitPattern: row[2] as Int64))
      let head = LogHead(log: log, n: UInt64(row[3] as Int64), hash: try hash(row[4] as Data), time: row[5])
      // Of a log that is cut it may have signed for what lies beyond.
      if row[6] as Bool, try isReceipted(head, by: signer, space: row[1], logs) { continue }
      heads.append(head)
    }
    return heads
  }

  /// Where the logs end that are held and may be sent, one head a branch: beyond a cut too.
  ///
  /// - Parameters:
  ///   - node: whose logs are left out; nil: nobody's.
  ///   - first: whose logs come before the others.
  ///   - limit: how many at most.
  public func headsHeld(
    but node: NodeID?, first: NodeID, scope: (Space) -> Bool, limit: Int
  ) throws -> [LogHead] {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT node, space, epoch, n, hash, time FROM branches
        WHERE n > 0 AND withdrawn <> ? AND node IS NOT ? ORDER BY node <> ?, key
        """, arguments: [Withdrawal.revoked.rawValue, node?.hash.data, first.hash.data])
    var heads: [LogHead] = []
    while heads.count < limit, let row = try rows.next() {
      guard let author = NodeID(row[0] as Data), case let space = try space(key: row[1]), scope(space) else {
        continue
      }
      let log = LogID(node: author, space: space, epoch: UInt64(bitPattern: row[2] as Int64))
      heads.append(
        LogHead(log: log, n: UInt64(row[3] as Int64), hash: try hash(row[4] as Data), time: row[5]))
    }
    return heads
  }

  /// Whether a receipt of `signer` covers a head by one that lies beyond it.
  private func isReceipted(_ head: LogHead, by signer: NodeID, space: Int64, _ logs: LogRegistry) throws
    -> Bool
  {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT n, hash FROM receipts WHERE signer = ? AND node = ? AND space = ? AND epoch = ? AND n > ?
          """),
      arguments: [
        signer.hash.data, head.log.node.hash.data, space, Int64(bitPattern: head.log.epoch), Int64(head.n),
      ])
    return try rows.contains { row in
      guard let covering = try logs.head(of: head.log, at: UInt64(row[0] as Int64), hash(row[1] as Data))
      else {
        return false
      }
      return logs.isHeldBefore(head.ref, covering.ref)
    }
  }

  /// Up to which arrival a peer had signed for all that it may read, when that was last looked at.
  fileprivate func receiptedThrough(_ peer: Int64) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT receipted FROM peers WHERE key = ?"), arguments: [peer])
  }

  /// Of the heads asked about, those that are held here, each once; for a log that is held only in part, as far as it
  /// is. A log with branches has a head for each.
  public func vouched(_ asked: [LogHead]) throws -> [LogHead] {
    let logs = LogRegistry(db)
    var vouched: [LogHead] = []
    for head in asked.lookedAt {
      if try logs.isHeld(head.n, head.hash, of: head.log) {
        vouched.append(head)
      } else if let branch = try logs.branches(of: head.log).first, branch.head.n > 0, branch.head.n < head.n
      {
        vouched.append(branch.head)
      }
    }
    var named: Set<LogHead> = []
    return vouched.filter { named.insert(LogHead(log: $0.log, n: $0.n, hash: $0.hash, time: 0)).inserted }
  }

  /// Changes of this node that none of `signers` has signed for holding. A receipt covers what lies before its head
  /// on its own branch: of a log with two, each is asked about for itself.
  ///
  /// - Parameter isSent: the spaces that are sent at all.
  public func unsentCount(
    node: NodeID, coveredBy signers: [NodeID], in isSent: (Space) -> Bool = { _ in true }
  ) throws -> Int {
    var receipts: [HeldLog] = []
    for signer in signers { receipts += try self.receipts(by: signer, of: node) }
    let covered = try heldRanges(receipts)
    let branches = try Row.fetchAll(
      db, sql: "SELECT key, base_n, n, space FROM branches WHERE node = ? AND NOT withdrawn",
      arguments: [node.hash.data])
    return try branches.reduce(0) { count, row in
      guard isSent(try space(key: row[3])) else { return count }
      let from = max(UInt64(row[1] as Int64), covered.through(branch: row[0]))
      let n = UInt64(row[2] as Int64)
      return count + Int(n > from ? n - from : 0)
    }
  }
}

extension [LogHead] {
  /// Without those of a log that go beyond as many as it may have.
  var lookedAt: [LogHead] {
    var counts: [LogID: Int] = [:]
    return filter { head in
      counts[head.log, default: 0] += 1
      return counts[head.log, default: 0] <= LogLimits.headsLookedAt
    }
  }
}
