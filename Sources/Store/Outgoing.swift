internal import Foundation
internal import GRDB
public import Ledger

/// The one door out: from a cursor and a reading scope to the next changes to send.
public struct Outgoing: Sendable {
  public var batches: [Batch]
  /// Where the reader stands once it has taken these in.
  public var through: ArrivalCursor
  /// Nothing more lies beyond, as of this read.
  public var isLast: Bool
  public var changeCount: Int { batches.reduce(0) { $0 + $1.bodies.count } }
}

extension Snapshot {
  /// This store's own cursor: its last arrival.
  public func ownCursor() throws -> ArrivalCursor {
    let store = try meta(.storeID) ?? []
    let row = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT arrival, running FROM changes ORDER BY arrival DESC LIMIT 1"))
    return ArrivalCursor(
      store: store, arrival: row?[0] ?? 0,
      running: row.map { Array($0[1] as Data) } ?? [UInt8](repeating: 0, count: RunningHash.byteCount))
  }

  /// Whether a reader's cursor points into this very store's arrivals.
  public func fits(_ cursor: ArrivalCursor) throws -> Bool {
    guard cursor.store == (try meta(.storeID)) else { return false }
    if cursor.arrival == 0 { return true }
    let statement = try db.cachedStatement(sql: "SELECT running FROM changes WHERE arrival = ?")
    guard let running = try Data.fetchOne(statement, arguments: [cursor.arrival]) else { return false }
    return Array(running) == cursor.running
  }

  /// Reads on from `arrival`.
  ///
  /// - Parameters:
  ///   - scope: what the reader may read and wants.
  ///   - peer: what came from this peer is not sent back to it; nil sends everything.
  ///   - held: by log, the number up to which the reader says it holds a branch's changes.
  ///   - limit: about how many bytes to read, with what a batch has beside its bodies; a signed stretch is never
  ///     cut.
  ///   - signatureSpan: about how many bytes of a batch go between two signatures, as far as they stand in the log;
  ///     0 for each that does, so that what lies before something damaged can be believed.
  public func outgoing(
    after arrival: Int64, scope: @escaping (Space) -> Bool, excluding peer: Int64?, held: HeldRanges,
    limit: Int, signatureSpan: Int = VerifiedBatch.signatureSpan
  ) throws -> Outgoing {
    var gaps: OutgoingGaps?
    return try outgoing(
      after: arrival, scope: scope, excluding: peer, held: held, limit: limit, signatureSpan: signatureSpan,
      gaps: &gaps)
  }

  /// The same of a store that may be damaged.
  ///
  /// - Parameter gaps: what was found missing is noted here; nil where that is an error.
  public func outgoing(
    after arrival: Int64, scope: @escaping (Space) -> Bool, excluding peer: Int64?, held: HeldRanges,
    limit: Int, signatureSpan: Int, gaps: inout OutgoingGaps?
  ) throws -> Outgoing {
    var reader = OutgoingReader(
      snapshot: self, scope: scope, peer: peer, held: held, signatureSpan: signatureSpan)
    reader.gaps = gaps
    defer { gaps = reader.gaps }
    let statement = try db.cachedStatement(
      sql: """
        SELECT arrival, branch, n, source, hash, running, signature, body FROM changes
        WHERE arrival > ? ORDER BY arrival
        """)
    let rows = try Row.fetchCursor(statement, arguments: [arrival])
    var last = (arrival: arrival, running: [UInt8]())
    var isLast = true
    while let row = try reader.next(of: rows) {
      if reader.byteCount >= limit, reader.isAtSignature {
        isLast = false
        break
      }
      last.arrival = row[0]
      last.running = try row.withUnsafeData(atIndex: 5) { $0.map { Array($0) } ?? [] }
      try reader.take(row)
    }
    var through = ArrivalCursor(store: try meta(.storeID) ?? [], arrival: last.arrival, running: last.running)
    if last.running.isEmpty { through = try cursor(at: arrival) }
    return Outgoing(batches: reader.finish(), through: through, isLast: isLast)
  }

  /// The notices that hold redactions beyond `arrival` which were carried out here, before anything else: what they name is missing in what a reader
  /// would get before them, and it could not be believed.
  ///
  /// - Parameter held: what was sent of them is noted here, so that it is not sent again in its turn.
  /// - Returns: nil where all of them were sent. The reader stands where it stood.
  public func redactionsAhead(
    after arrival: Int64, scope: @escaping (Space) -> Bool, excluding peer: Int64?, held: inout HeldRanges,
    limit: Int
  ) throws -> Outgoing? {
    let keys = try Int64.fetchAll(
      db.cachedStatement(
        sql: """
          WITH RECURSIVE path(key) AS (
            SELECT c.branch FROM redacting r JOIN changes c ON c.arrival = r.arrival WHERE r.arrival > ?
            UNION SELECT b.base FROM branches b JOIN path ON b.key = path.key WHERE b.base NOT NULL)
          SELECT key FROM path
          """), arguments: [arrival])
    guard !keys.isEmpty else { return nil }
    // A branch leaves what came before it, whichever has the lower key.
    let list = keys.map(String.init).joined(separator: ",")
    var reader = OutgoingReader(
      snapshot: self, scope: scope, peer: peer, held: held, signatureSpan: VerifiedBatch.signatureSpan)
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT arrival, branch, n, source, hash, running, signature, body FROM changes
        WHERE branch IN (\(list)) AND arrival > ? ORDER BY arrival
        """, arguments: [arrival])
    while reader.byteCount < limit || !reader.isAtSignature, let row = try rows.next() {
      try reader.take(row)
      held.note(branch: row[1], through: UInt64(row[2] as Int64))
    }
    let batches = reader.finish()
    return batches.isEmpty
      ? nil : Outgoing(batches: batches, through: try cursor(at: arrival), isLast: false)
  }

  private func cursor(at arrival: Int64) throws -> ArrivalCursor {
    let statement = try db.cachedStatement(sql: "SELECT running FROM changes WHERE arrival = ?")
    let running = try Data.fetchOne(statement, arguments: [arrival])
    return ArrivalCursor(
      store: try meta(.storeID) ?? [], arrival: arrival,
      running: running.map { Array($0) } ?? [UInt8](repeating: 0, count: RunningHash.byteCount))
  }

  /// Lists what lies beyond `arrival` by log, for a reader that may hold much of it already.
  public func offer(
    after arrival: Int64, scope: (Space) -> Bool, excluding peer: Int64?
  ) throws -> [OfferedRange] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT r.node, r.space, r.epoch, r.first, r.last, x.hash FROM (
          SELECT b.key, b.node, b.space, b.epoch, min(c.n) AS first, max(c.n) AS last
          FROM changes c JOIN branches b ON b.key = c.branch
          WHERE c.arrival > ? AND c.source <> ? AND b.withdrawn <> 1 GROUP BY b.key) r
        JOIN changes x ON x.branch = r.key AND x.n = r.last ORDER BY r.key
        """)
    var ranges: [OfferedRange] = []
    for row in try Row.fetchAll(statement, arguments: [arrival, peer ?? -1]) {
      let space = try space(key: row[1])
      guard scope(space), let node = NodeID(row[0] as Data) else { continue }
      let log = LogID(node: node, space: space, epoch: UInt64(bitPattern: row[2] as Int64))
      ranges.append(
        OfferedRange(
          log: log, from: UInt64(row[3] as Int64), to: UInt64(row[4] as Int64),
          toHash: try hash(row[5] as Data)))
    }
    return ranges
  }

  /// What of an offer is held here: for each branch of a log heads of its own, further and further back.
  public func held(of offer: [OfferedRange]) throws -> [HeldLog] {
    let logs = LogRegistry(db)
    var held: [HeldLog] = []
    let offered = Dictionary(grouping: offer, by: \.log).mapValues { ranges in
      ranges.prefix(Snapshot.rangesOfOneLog).sorted { $0.to > $1.to }
    }
    for (log, ranges) in offered.sorted(by: { $0.key < $1.key }) {
      for branch in try logs.branchesHeld(of: log) where branch.head.n > 0 {
        let whole = try ranges.first {
          try $0.to <= branch.head.n && logs.changeHash(at: $0.to, on: branch) == $0.toHash
        }
        if let whole {
          held.append(HeldLog(log: log, points: [HeldLog.Point(n: whole.to, hash: whole.toHash)]))
          continue
        }
        var points: [HeldLog.Point] = []
        var n = branch.head.n
        var step: UInt64 = 1
        while n > 0 {
          if let hash = try logs.changeHash(at: n, on: branch) {
            points.append(HeldLog.Point(n: n, hash: hash))
          }
          n = n > step ? n - step : 0
          step *= 2
        }
        held.append(HeldLog(log: log, points: points))
      }
    }
    return held
  }

  /// How many changes of an offer are not held here. Of a branch that left the ones held here, where it did is
  /// not known before it comes: it counts as one.
  public func missingCount(of offer: [OfferedRange]) throws -> Int {
    let logs = LogRegistry(db)
    return try offer.reduce(0) { count, range in
      if try logs.isHeld(range.to, range.toHash, of: range.log) { return count }
      let held = try logs.branchesHeld(of: range.log).map(\.head.n).max() ?? 0
      let reached = max(range.from > 0 ? range.from - 1 : 0, min(held, range.to))
      let missing = max(1, Int(clamping: range.to > reached ? range.to - reached : 0))
      return min(count + min(missing, Snapshot.mostCounted), Snapshot.mostCounted)
    }
  }

  /// A range a branch: more of one log are not looked at.
  private static let rangesOfOneLog = 128

  /// Beyond any number of changes that there can be, and sums of a few of it are numbers still.
  public static let mostCounted = 1 << 53

  /// Turns a reader's answer to an offer into what need not be sent to it.
  public func heldRanges(_ answer: [HeldLog]) throws -> HeldRanges {
    let logs = LogRegistry(db)
    var ranges = HeldRanges()
    for held in answer {
      for point in held.points {
        guard
          let (branch, hash) = try logs.branch(
            holding: point.n, hashPrefix: point.hash.prefix, of: held.log, beyondCut: true),
          hash == point.hash
        else { continue }
        var at: LogRegistry.Branch? = branch
        var through = point.n
        while let here = at {
          ranges.note(branch: here.key, through: through)
          through = here.baseN
          at = try logs.branchesHeld(of: held.log).first { $0.key == here.base }
        }
        break
      }
    }
    return ranges
  }
}

/// What a damaged store does not give any more.
public struct OutgoingGaps: Sendable {
  /// By branch, from which number on its changes cannot be joined to what lies before.
  var ends: [Int64: UInt64] = [:]
  /// Changes that were read and lie beyond a gap.
  public fileprivate(set) var leftOut = 0
  /// Whether the file could not be read to its end.
  public fileprivate(set) var endsEarly = false
  public init() {}
}

/// By branch: up to which number a reader holds it.
public struct HeldRanges: Sendable {
  private var through: [Int64: UInt64] = [:]
  public init() {}

  mutating func note(branch: Int64, through n: UInt64) {
    through[branch] = max(through[branch] ?? 0, n)
  }

  func contains(branch: Int64, n: UInt64) -> Bool { n <= through(branch: branch) }

  func through(branch: Int64) -> UInt64 { through[branch] ?? 0 }
}

/// Gathers rows of the log, in the order of their arrival, into batches a log each.
private struct OutgoingReader {
  private struct Branch {
    var log: LogID
    var base: Int64?
    var baseN: UInt64
    var isWanted: Bool
  }

  private let snapshot: Snapshot
  private let scope: (Space) -> Bool
  private let peer: Int64?
  private let held: HeldRanges
  private let signatureSpan: Int
  /// nil where a missing change is an error.
  var gaps: OutgoingGaps?
  private var branches: [Int64: Branch] = [:]
  private var batches: [Batch] = []
  private var openBranch: Int64?
  /// The newest signature of the open batch that is not kept yet, and the bytes since the last kept one.
  private var pending: Batch.HeadSignature?
  private var bytesSinceKept = 0
  private var bytesSincePending = 0
  /// What was read, with what travels beside the bodies: of many small ones too a frame stays within its limits.
  private(set) var byteCount = 0
  /// A log's name, two hashes' worth of start and a signature; the lengths.
  private static let batchOverhead = 200
  private static let changeOverhead = 12
  var isAtSignature: Bool { batches.isEmpty || pending?.n == lastN }

  init(
    snapshot: Snapshot, scope: @escaping (Space) -> Bool, peer: Int64?, held: HeldRanges, signatureSpan: Int
  ) {
    self.signatureSpan = signatureSpan
    self.snapshot = snapshot
    self.scope = scope
    self.peer = peer
    self.held = held
  }

  private var lastN: UInt64 {
    guard let last = batches.last else { return 0 }
    return last.startN + UInt64(last.bodies.count)
  }

  /// The next row; nil after the last, or where a damaged file that may have gaps cannot be read further.
  mutating func next(of rows: RowCursor) throws -> Row? {
    do {
      return try rows.next()
    } catch let error as DatabaseError where gaps != nil && error.resultCode == .SQLITE_CORRUPT {
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
    guard branch.isWanted, peer == nil || (row[3] as Int64) != peer, !held.contains(branch: key, n: n) else {
      return
    }
    // A log that is cut goes on beyond it: who signed further on has signed for what lies before.
    let goesOn = openBranch == key || openBranch != nil && branch.base == openBranch && branch.baseN == lastN
    if !goesOn || lastN + 1 != n {
      guard let before = try hashBefore(n, branch: key) else {
        guard gaps != nil else {
          throw StoreError.damaged("change \(n - 1) of branch \(key) is not in the log")
        }
        gaps?.ends[key] = n
        gaps?.leftOut += 1
        return
      }
      closeBatch()
      batches.append(Batch(log: branch.log, startN: n - 1, startHash: before, bodies: [], signatures: []))
      byteCount += OutgoingReader.batchOverhead
    }
    openBranch = key
    let signature = try row.withUnsafeData(atIndex: 6) { $0.flatMap { Signature($0) } }
    let body = try row.withUnsafeData(atIndex: 7) { $0.map { Array($0) } ?? [] }
    if bytesSinceKept + body.count > signatureSpan { keepSignature() }
    batches[batches.count - 1].bodies.append(body)
    byteCount += body.count + OutgoingReader.changeOverhead
    bytesSinceKept += body.count
    bytesSincePending += body.count
    guard let signature else { return }
    pending = Batch.HeadSignature(n: n, signature: signature)
    bytesSincePending = 0
  }

  /// Of the signatures that stand in the log only so many travel as a receiver asks for.
  private mutating func keepSignature() {
    guard let signature = pending else { return }
    batches[batches.count - 1].signatures.append(signature)
    pending = nil
    bytesSinceKept = bytesSincePending
  }

  private mutating func closeBatch() {
    keepSignature()
    bytesSinceKept = 0
    bytesSincePending = 0
  }

  mutating func finish() -> [Batch] {
    closeBatch()
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
  /// it or is not there.
  private mutating func isBeyondGap(_ n: UInt64, branch: Int64) throws -> Bool {
    var at = branch
    var n = n
    var seen: Set<Int64> = []
    while seen.insert(at).inserted {
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

  /// The hash that change `n` of a branch follows, on the branch itself or on the one it left; nil where that is
  /// missing.
  private mutating func hashBefore(_ n: UInt64, branch: Int64) throws -> Hash256? {
    guard n > 1 else { return .zero }
    let statement = try snapshot.db.cachedStatement(
      sql: "SELECT hash FROM changes WHERE branch = ? AND n = ?")
    var at: Int64? = branch
    // A file from elsewhere may have branches that leave one another.
    var seen: Set<Int64> = []
    while let key = at, seen.insert(key).inserted {
      if let data = try Data.fetchOne(statement, arguments: [key, Int64(n - 1)]) { return try hash(data) }
      at = try self.branch(key).base
    }
    return nil
  }
}
