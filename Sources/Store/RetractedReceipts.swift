internal import Foundation
internal import GRDB
public import Ledger

extension Commit {
  /// Takes back what `receipt`'s signer said before of logs in `scope` and does not say any more: it has lost it.
  ///
  /// - Parameters:
  ///   - receipt: names all that its signer holds of these logs, and is not outdated.
  ///   - peer: the signer. What came from it lies in no receipt of its own: up to here it is not left out any more of what
  ///     is made for it.
  /// - Returns: how many changes it said that it held, and does not any more.
  public func takeBack(
    by receipt: StoredReceipt, of peer: Int64, in scope: (Space) -> Bool
  ) throws -> Int {
    let named = Dictionary(grouping: receipt.heads.lookedAt, by: \.log)
    // Of a log with more heads than are looked at nobody can say here what is not among them.
    let isWhole = named.values.allSatisfy { $0.count < LogLimits.headsLookedAt }
    // Of its own logs it says something only where it may lack some of them.
    let namesOwn = named.keys.contains { $0.node == receipt.signer }
    var lost: [LogID: UInt64] = [:]
    var lines: [ReceiptLine] = []
    for line in try isWhole ? linesBefore(receipt) : [] {
      guard namesOwn || line.log.node != receipt.signer else { continue }
      // What was taken out here says nothing any more.
      guard scope(line.log.space), let head = try logs.head(of: line.log, at: line.n, line.hash) else {
        continue
      }
      let reach = try reach(of: named[line.log] ?? [], on: head)
      guard reach < head.n else { continue }
      lost[line.log] = max(lost[line.log] ?? 0, head.n - reach)
      lines.append(line)
    }
    if !lines.isEmpty {
      // What it signed stays for now, to be shown to it: it tells the signer what it has lost.
      try dropUnusedTexts(of: receipt.signer)
      try forget(lines)
    }
    try noteWholeWord(receipt)
    if try !lost.isEmpty || lacksOwn(receipt.signer, named, in: scope) {
      try db.execute(
        sql: "UPDATE peers SET sent_arrival = ? WHERE key = ?", arguments: [lastArrival, peer])
    }
    return lost.values.reduce(0) { $0 + Int(clamping: $1) }
  }

  /// What a signer said before it signed `receipt`. One that is later than the last whole word, though it was not signed so,
  /// is later than what that one was.
  private func linesBefore(_ receipt: StoredReceipt) throws -> [ReceiptLine] {
    let word = try snapshot.wholeWord(of: receipt.signer)?.signing
    var signings: [Int64: SigningTime] = [:]
    let texts = try Row.fetchCursor(
      db, sql: "SELECT t.key, \(ReceiptLine.textStart) FROM receipt_texts t WHERE t.signer = ?",
      arguments: [receipt.signer.hash.data])
    while let row = try texts.next() { signings[row[0]] = ReceiptLine.signing(of: row[1]) }
    return try snapshot.receiptLines(by: receipt.signer).filter { line in
      guard let signing = signings[line.text] else { return true }
      return signing < receipt.signing || word.map { signing <= $0 } ?? false
    }
  }

  /// What a signer signed before this is outdated: what it held of that, it has said again.
  private func noteWholeWord(_ receipt: StoredReceipt) throws {
    let former = try snapshot.wholeWord(of: receipt.signer)?.signing
    let last = WholeWord(signing: max(former ?? receipt.signing, receipt.signing), arrival: lastArrival)
    try db.execute(
      sql: "INSERT INTO meta(name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      arguments: [WholeWord.name(receipt.signer), Data(last.stored)])
  }

  /// Whether a receipt is older than the last one by which its signer named all that it holds: what this one says beyond
  /// that, its signer has lost.
  ///
  /// The signer's own order tells. A store that was set back in its place, and has not been shown yet what it signed, has
  /// lost that too: so a receipt that names a change which was made here since that last one came is newer in any case.
  public func isOutdated(_ receipt: StoredReceipt) throws -> Bool {
    guard let word = try snapshot.wholeWord(of: receipt.signer), receipt.signing < word.signing else {
      return false
    }
    guard let arrival = word.arrival, let own = try snapshot.meta(.node).flatMap({ NodeID($0) }) else {
      return true
    }
    return try !receipt.heads.contains { try $0.log.node == own && isMadeHere($0, after: arrival) }
  }

  private func isMadeHere(_ head: LogHead, after arrival: Int64) throws -> Bool {
    guard let space = try logs.existingSpace(head.log.space) else { return false }
    let statement = try db.cachedStatement(
      sql: """
        SELECT EXISTS (
          SELECT 1 FROM branches b JOIN changes c ON c.branch = b.key AND c.n = ?
          WHERE b.space = ? AND b.node = ? AND b.epoch = ? AND c.hash = ? AND c.source = 0 AND c.arrival > ?)
        """)
    return try Bool.fetchOne(
      statement,
      arguments: [
        Int64(head.n), space.key, head.log.node.hash.data, Int64(bitPattern: head.log.epoch), head.hash.data,
        arrival,
      ]) ?? false
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
  /// The last receipt by which a signer named all that it holds.
  fileprivate func wholeWord(of signer: NodeID) throws -> WholeWord? {
    try Data.fetchOne(
      db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [WholeWord.name(signer)]
    ).flatMap { WholeWord(stored: Array($0)) }
  }

  /// Whether a signer has said how far it holds its own logs, which only one does that may lack some of these.
  public func namesOwnLogs(_ signer: NodeID) throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM receipts WHERE signer = ?1 AND node = ?1)",
      arguments: [signer.hash.data]) ?? false
  }
}

/// A receipt by which its signer named all that it holds.
private struct WholeWord {
  var signing: SigningTime
  /// How far this store had come when it came here; an older program noted the time alone.
  var arrival: Int64?

  static func name(_ signer: NodeID) -> String { "retracted-\(signer)" }
}

extension WholeWord {
  /// Time, arrival, term: 8 bytes each. An older program noted no term.
  var stored: [UInt8] {
    let signed = signing.stored
    return signed[..<8] + (arrival ?? 0).bigEndianBytes + signed[8...]
  }

  init?(stored bytes: [UInt8]) {
    guard bytes.count >= 8 else { return nil }
    func number(at start: Int) -> Int64? {
      guard bytes.count >= start + 8 else { return nil }
      return bytes[start..<start + 8].reduce(0) { $0 << 8 | Int64($1) }
    }
    let term = number(at: 16).map { UInt64(bitPattern: $0) }
    signing = SigningTime(term: term ?? 0, time: number(at: 0) ?? 0)
    arrival = number(at: 8)
  }
}
