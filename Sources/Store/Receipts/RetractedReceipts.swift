internal import Foundation
internal import GRDB
public import Ledger

extension Commit {
  /// Takes back what a signer said before of logs in `scope` and does not say any more: it has lost it.
  ///
  /// - Parameters:
  ///   - word: when it named all that it holds of these logs; not outdated.
  ///   - heads: what it named.
  ///   - namesOwn: whether all of its own logs are among these, be there none; else where any is.
  ///   - peer: the signer, where it is a peer. What came from it lies in no receipt of its own: up to here it is not left out
  ///     any more of what is made for it.
  /// - Returns: how many changes it said that it held, and does not any more.
  public func takeBack(
    by word: WholeWord, naming heads: [LogHead], namesOwn: Bool, of peer: Int64?, in scope: (Space) -> Bool
  ) throws -> Int {
    let named = Dictionary(grouping: heads.lookedAt, by: \.log)
    // Of a log with more heads than are looked at nobody can say here what is not among them.
    let isWhole = named.values.allSatisfy { $0.count < LogLimits.headsLookedAt }
    // Of its own logs it says something only where it may lack some of them.
    let namesOwn = namesOwn || named.keys.contains { $0.node == word.signer }
    var lost: [LogID: UInt64] = [:]
    var lines: [ReceiptLine] = []
    for line in try isWhole ? linesBefore(word) : [] {
      guard namesOwn || line.log.node != word.signer else { continue }
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
      try dropUnusedTexts(of: word.signer)
      try forget(lines)
    }
    if namesOwn { try noteNamingOwn(word.signer) }
    if let peer, try !lost.isEmpty || namesOwn && lacksOwn(word.signer, named, in: scope) {
      try db.execute(
        sql: "UPDATE peers SET sent_arrival = ? WHERE key = ?", arguments: [lastArrival, peer])
    }
    return lost.values.reduce(0) { $0 + Int(clamping: $1) }
  }

  /// What a signer said before its word. One that is later than the last one, though it was not signed so, is later than what
  /// that one was.
  private func linesBefore(_ word: WholeWord) throws -> [ReceiptLine] {
    let last = try snapshot.lastWord(of: word.signer)?.signing
    let texts = try snapshot.texts(of: word.signer).map { ($0.key, $0.signing) }
    let signings = Dictionary(texts) { first, _ in first }
    return try snapshot.receiptLines(by: word.signer).filter { line in
      guard let signing = signings[line.text] else { return true }
      return signing < word.signing || last.map { signing <= $0 } ?? false
    }
  }

  /// What a signer signed before this is outdated: what it held of that, it has said again.
  public func noteLast(_ word: WholeWord) throws {
    let former = try snapshot.lastWord(of: word.signer)?.signing
    let last = LastWord(signing: max(former ?? word.signing, word.signing), arrival: lastArrival)
    try note(.lastWord, of: word.signer, last.stored)
  }

  private func noteNamingOwn(_ signer: NodeID) throws {
    guard try !snapshot.namesOwnLogs(signer) else { return }
    try note(.namesOwn, of: signer, [])
  }

  /// Whether a signer named all that it holds once more since, or then, as far as is known.
  public func isOutdated(_ word: WholeWord) throws -> Bool {
    try snapshot.lastWord(of: word.signer).map { word.signing <= $0.signing } ?? false
  }

  /// Whether a receipt is older than the last one by which its signer named all that it holds: what this one says beyond
  /// that, its signer has lost.
  ///
  /// The signer's own order tells. A store that was set back in its place, and has not been shown yet what it signed, has
  /// lost that too: so a receipt that names a change which was made here since that last one came is newer in any case.
  public func isOutdated(_ receipt: StoredReceipt) throws -> Bool {
    guard let word = try snapshot.lastWord(of: receipt.signer), receipt.signing < word.signing else {
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

  /// Whether a signer that names its own logs lacks some of what is held here of these.
  private func lacksOwn(_ signer: NodeID, _ named: [LogID: [LogHead]], in scope: (Space) -> Bool) throws
    -> Bool
  {
    try snapshot.heads(of: signer).contains { head in
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
  fileprivate func lastWord(of signer: NodeID) throws -> LastWord? {
    try noted(.lastWord, of: signer).flatMap { LastWord(stored: $0) }
  }

  /// Whether a signer has said how far it holds its own logs, which only one does that may lack some of these.
  public func namesOwnLogs(_ signer: NodeID) throws -> Bool {
    if try noted(.namesOwn, of: signer) != nil { return true }
    return try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM receipts WHERE signer = ?1 AND node = ?1)",
      arguments: [signer.hash.data]) ?? false
  }
}

/// A receipt by which its signer named all that it holds.
private struct LastWord {
  var signing: SigningTime
  /// How far this store had come when it came here; an older program noted the time alone.
  var arrival: Int64?
}

extension LastWord {
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
