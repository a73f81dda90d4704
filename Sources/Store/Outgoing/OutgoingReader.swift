internal import Foundation
internal import GRDB
internal import Ledger

/// Gathers rows of the log, in the order of their arrival, into batches a log each.
struct OutgoingReader {
  private struct Branch {
    var log: LogID
    var base: Int64?
    var baseN: UInt64
    var isWanted: Bool
  }

  private let snapshot: Snapshot
  private let scope: (Space) -> Bool
  private let peer: Int64?
  /// Up to this arrival what came from the peer is read as well.
  private let echoThrough: Int64
  private let held: HeldRanges
  private let signedFor: HeldRanges
  private let signatureSpan: Int
  /// Whether the store may be made by anybody: how long anything in it is, and where it leads, is looked at first.
  private let isForeign: Bool
  /// nil where a missing change is an error.
  var gaps: OutgoingGaps?
  private var branches: [Int64: Branch] = [:]
  private var batches: [Batch] = []
  private var openBranch: Int64?
  /// The newest signature of the open batch that is not kept yet, and the bytes since the last kept one.
  private var pending: Batch.HeadSignature?
  private var bytesSinceKept = 0
  private var bytesSincePending = 0
  /// By branch, the last number that the open batch has of it, in the order in which it goes over them.
  private var openEnds: [(branch: Int64, first: UInt64, last: UInt64)] = []
  /// What stands in the batches that are closed.
  private(set) var sent = HeldRanges()
  /// What was read, with what travels beside the bodies: of many small ones too a frame stays within its limits.
  private(set) var byteCount = 0
  /// Changes that the reader has signed for.
  private(set) var signedForCount = 0
  /// A log's name, two hashes' worth of start and a signature; the lengths.
  private static let batchOverhead = 200
  private static let changeOverhead = 12
  /// Bytes since the last signature, with what travels beside the bodies.
  private var unsignedBytes = 0
  /// So much without a signature is believed of nobody: twice what may stand before one, for the small ones' overhead, and
  /// one whole change.
  private static let mostUnsigned = 2 * VerifiedBatch.signatureSpan + ChangeBody.maxByteCount
  /// Branches on the way to a log's beginning: far more than any that is kept.
  private static let mostBases = 1024

  /// Whether a portion may end here. Of a store that anybody made it does in any case at some time: what then stands
  /// without a signature goes with what follows it.
  func mayEnd(beyond limit: Int) -> Bool {
    batches.isEmpty || pending?.n == lastN
      || isForeign && byteCount >= limit + OutgoingReader.mostUnsigned
  }

  /// A body's column, without reading one that no change may be as long as.
  var bodyColumn: String { isForeign ? OutgoingReader.bodyIfShort : "body" }
  private static let bodyIfShort = "iif(length(body) <= \(ChangeBody.maxByteCount), body, NULL)"

  init(
    snapshot: Snapshot, scope: @escaping (Space) -> Bool, peer: Int64?, echoThrough: Int64, held: HeldRanges,
    signedFor: HeldRanges, signatureSpan: Int, isForeign: Bool
  ) {
    self.echoThrough = echoThrough
    self.signatureSpan = signatureSpan
    self.isForeign = isForeign
    self.snapshot = snapshot
    self.scope = scope
    self.peer = peer
    self.held = held
    self.signedFor = signedFor
  }

  private var lastN: UInt64 {
    guard let last = batches.last else { return 0 }
    return last.startN + UInt64(last.bodies.count)
  }

  /// The next row; nil after the last, or where a damaged file that may have gaps cannot be read further.
  mutating func next(of rows: RowCursor) throws -> Row? {
    do {
      return try rows.next()
    } catch let error as DatabaseError
      where gaps != nil && [.SQLITE_CORRUPT, .SQLITE_TOOBIG].contains(error.resultCode)
    {
      gaps?.endsEarly = true
      return nil
    }
  }

  mutating func take(_ row: Row) throws {
    let key: Int64 = row[1]
    let n = UInt64(row[2] as Int64)
    if gaps != nil, try isBeyondGap(n, branch: key) {
      gaps?.leftOut += 1
      return
    }
    let branch = try branch(key)
    let isOfPeer = peer != nil && (row[3] as Int64) == peer && (row[0] as Int64) > echoThrough
    guard branch.isWanted, !isOfPeer, !held.contains(branch: key, n: n) else { return }
    let body = try row.withUnsafeData(atIndex: 7) { $0.map { Array($0) } }
    guard let body = body ?? (isForeign ? nil : []) else { return try leaveOut(n, branch: key) }
    // A log that is cut goes on beyond it: who signed further on has signed for what lies before.
    let goesOn = openBranch == key || openBranch != nil && branch.base == openBranch && branch.baseN == lastN
    if !goesOn || lastN + 1 != n {
      try closeBatch()
      do {
        try openBatch(branch.log, before: n, branch: key)
      } catch StoreError.damaged where gaps != nil {
        openBranch = nil
        return try leaveOut(n, branch: key)
      }
    }
    openBranch = key
    if isForeign, unsignedBytes + body.count > OutgoingReader.mostUnsigned {
      return try leaveOut(n, branch: key)
    }
    if openEnds.last?.branch == key {
      openEnds[openEnds.count - 1].last = n
    } else {
      openEnds.append((key, n, n))
    }
    if signedFor.contains(branch: key, n: n) { signedForCount += 1 }
    let signature = try row.withUnsafeData(atIndex: 6) { $0.flatMap { Signature($0) } }
    if bytesSinceKept + body.count > signatureSpan { keepSignature() }
    batches[batches.count - 1].bodies.append(body)
    byteCount += body.count + OutgoingReader.changeOverhead
    bytesSinceKept += body.count
    bytesSincePending += body.count
    unsignedBytes += body.count + OutgoingReader.changeOverhead
    guard let signature else { return }
    pending = Batch.HeadSignature(n: n, signature: signature)
    bytesSincePending = 0
    unsignedBytes = 0
  }

  /// A branch ends before a change that nobody could take in.
  ///
  /// - Throws: `damaged` where that is an error.
  private mutating func leaveOut(_ n: UInt64, branch key: Int64) throws {
    guard gaps != nil else { throw StoreError.damaged("change \(n) of branch \(key)") }
    try closeBatch()
    openBranch = nil
    gaps?.ends[key] = n
    gaps?.leftOut += 1
  }

  /// Of the signatures that stand in the log only so many travel as a receiver asks for.
  private mutating func keepSignature() {
    guard let signature = pending else { return }
    batches[batches.count - 1].signatures.append(signature)
    pending = nil
    bytesSinceKept = bytesSincePending
  }

  /// Begins the batch of change `n`. The signature that covered what it follows may stand on a branch that a revocation
  /// does not honour: then that goes before it, for only what follows it shows whose it is.
  private mutating func openBatch(_ log: LogID, before n: UInt64, branch key: Int64) throws {
    let (start, bodies) = try unsignedStretch(before: n, branch: key)
    batches.append(
      Batch(
        log: log, startN: n - 1 - UInt64(bodies.count), startHash: start, bodies: bodies, signatures: []))
    let bytes = bodies.reduce(0) { $0 + $1.count }
    byteCount += OutgoingReader.batchOverhead + bytes + bodies.count * OutgoingReader.changeOverhead
    bytesSinceKept = bytes
    bytesSincePending = bytes
    unsignedBytes = bytes + bodies.count * OutgoingReader.changeOverhead
  }

  private mutating func closeBatch() throws {
    keepSignature()
    try dropUnsignedEnd()
    for end in openEnds where end.first <= lastN {
      sent.note(branch: end.branch, through: min(end.last, lastN))
    }
    openEnds = []
    bytesSinceKept = 0
    bytesSincePending = 0
    unsignedBytes = 0
  }

  /// What stands without a signature at a batch's end goes with what follows it, where anything does.
  private mutating func dropUnsignedEnd() throws {
    guard let open = openBranch, let batch = batches.last else { return }
    let signed = batch.signatures.last?.n ?? batch.startN
    guard signed < lastN, try isFollowed(lastN, branch: open) else { return }
    guard signed > batch.startN else {
      batches.removeLast()
      openBranch = nil
      openEnds = []
      return
    }
    batches[batches.count - 1].bodies.removeLast(Int(lastN - signed))
  }

  private func isFollowed(_ n: UInt64, branch key: Int64) throws -> Bool {
    try Bool.fetchOne(
      snapshot.db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM changes WHERE branch = ?1 AND n = ?2 + 1)
            OR EXISTS (SELECT 1 FROM branches WHERE base = ?1 AND base_n = ?2 AND n > ?2 AND withdrawn <> ?3)
          """), arguments: [key, Int64(n), Withdrawal.revoked.rawValue]) ?? false
  }

  mutating func finish() throws -> [Batch] {
    try closeBatch()
    return batches
  }

  private mutating func branch(_ key: Int64) throws -> Branch {
    if let known = branches[key] { return known }
    let statement = try snapshot.db.cachedStatement(
      sql: "SELECT node, space, epoch, base, base_n, withdrawn FROM branches WHERE key = ?")
    guard let row = try Row.fetchOne(statement, arguments: [key]), let node = NodeID(row[0] as Data) else {
      throw StoreError.damaged("branch \(key)")
    }
    let space = try snapshot.space(key: row[1])
    let log = LogID(node: node, space: space, epoch: UInt64(bitPattern: row[2] as Int64))
    let entry = Branch(
      log: log, base: row[3], baseN: UInt64(row[4] as Int64),
      isWanted: row[5] != Withdrawal.revoked.rawValue && scope(space))
    branches[key] = entry
    return entry
  }

  /// Whether a change cannot be joined to its log's beginning: its branch, or one on the way there, has a gap before
  /// it or is not there. A file from elsewhere may have branches that leave one another.
  private mutating func isBeyondGap(_ n: UInt64, branch: Int64) throws -> Bool {
    var at = branch
    var n = n
    var seen: Set<Int64> = []
    while seen.count < OutgoingReader.mostBases, seen.insert(at).inserted {
      if let end = gaps?.ends[at], n >= end { return true }
      let here: Branch
      do {
        here = try self.branch(at)
      } catch StoreError.damaged {
        gaps?.ends[at] = 0
        return true
      }
      guard let base = here.base else { return false }
      n = here.baseN
      at = base
    }
    return true
  }

  /// What lies before change `n` of a branch without a signature of its own, back to one that is signed or that the reader
  /// holds.
  /// - Returns: the hash of the change before it, and the bodies in order.
  private mutating func unsignedStretch(
    before n: UInt64, branch: Int64
  ) throws -> (start: Hash256, bodies: [[UInt8]]) {
    let statement = try snapshot.db.cachedStatement(
      sql: """
        SELECT hash, signature IS NOT NULL, iif(signature IS NULL, \(OutgoingReader.bodyIfShort), NULL)
        FROM changes WHERE branch = ? AND n = ?
        """)
    var key = branch
    var bodies: [[UInt8]] = []
    var byteCount = 0
    var n = n - 1
    // Branches that leave one another lead to no beginning.
    var passed: Set<Int64> = []
    while n > 0 {
      guard let row = try Row.fetchOne(statement, arguments: [key, Int64(n)]) else {
        guard passed.insert(key).inserted, passed.count < OutgoingReader.mostBases,
          let base = try self.branch(key).base
        else {
          throw StoreError.damaged("change \(n) of branch \(branch) is not in the log")
        }
        key = base
        continue
      }
      if row[1] || held.contains(branch: key, n: n) { return (try hash(row[0] as Data), bodies.reversed()) }
      guard let body = Data.fromDatabaseValue(row[2]),
        !isForeign || byteCount + body.count <= OutgoingReader.mostUnsigned
      else { throw StoreError.damaged("change \(n) of branch \(branch)") }
      bodies.append(Array(body))
      byteCount += body.count + OutgoingReader.changeOverhead
      passed = []
      n -= 1
    }
    return (.zero, bodies.reversed())
  }
}
