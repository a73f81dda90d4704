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
  /// How many of the changes the reader has signed for.
  public var signedForCount = 0
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
  ///   - echoThrough: up to this arrival what came from it is sent as well.
  ///   - held: by log, the number up to which the reader says it holds a branch's changes.
  ///   - signedFor: by log, the number up to which the reader has signed for holding a branch's changes.
  ///   - limit: about how many bytes to read, with what a batch has beside its bodies; a signed stretch is never
  ///     cut.
  ///   - signatureSpan: about how many bytes of a batch go between two signatures, as far as they stand in the log;
  ///     0 for each that does, so that what lies before something damaged can be believed.
  public func outgoing(
    after arrival: Int64, scope: @escaping (Space) -> Bool, excluding peer: Int64?, echoThrough: Int64 = 0,
    held: HeldRanges, signedFor: HeldRanges = HeldRanges(), limit: Int,
    signatureSpan: Int = VerifiedBatch.signatureSpan
  ) throws -> Outgoing {
    var gaps: OutgoingGaps?
    return try outgoing(
      after: arrival, scope: scope, excluding: peer, echoThrough: echoThrough, held: held,
      signedFor: signedFor, limit: limit, signatureSpan: signatureSpan, gaps: &gaps)
  }

  /// The same of a store that may be damaged, or made by anybody: whatever it holds, memory stays bounded.
  ///
  /// - Parameter gaps: what was found missing is noted here; nil where that is an error, and the store this program's own.
  public func outgoing(
    after arrival: Int64, scope: @escaping (Space) -> Bool, excluding peer: Int64?, echoThrough: Int64 = 0,
    held: HeldRanges, signedFor: HeldRanges = HeldRanges(), limit: Int, signatureSpan: Int,
    gaps: inout OutgoingGaps?
  ) throws -> Outgoing {
    var reader = OutgoingReader(
      snapshot: self, scope: scope, peer: peer, echoThrough: echoThrough, held: held, signedFor: signedFor,
      signatureSpan: signatureSpan, isForeign: gaps != nil)
    reader.gaps = gaps
    defer { gaps = reader.gaps }
    let statement = try db.cachedStatement(
      sql: """
        SELECT arrival, branch, n, source, hash, running, signature, \(reader.bodyColumn) FROM changes
        WHERE arrival > ? ORDER BY arrival
        """)
    let rows = try Row.fetchCursor(statement, arguments: [arrival])
    var last = (arrival: arrival, running: [UInt8]())
    var isLast = true
    while let row = try reader.next(of: rows) {
      if reader.byteCount >= limit, reader.mayEnd(beyond: limit) {
        isLast = false
        break
      }
      last.arrival = row[0]
      last.running = try row.withUnsafeData(atIndex: 5) { $0.map { Array($0) } ?? [] }
      try reader.take(row)
    }
    var through = ArrivalCursor(store: try meta(.storeID) ?? [], arrival: last.arrival, running: last.running)
    if last.running.isEmpty { through = try cursor(at: arrival) }
    return Outgoing(
      batches: try reader.finish(), through: through, isLast: isLast, signedForCount: reader.signedForCount)
  }

  /// The notices that hold redactions beyond `arrival` which were carried out here, before anything else: what they name is missing in what a reader
  /// would get before them, and it could not be believed.
  ///
  /// - Parameters:
  ///   - held: what was sent of them is noted here, so that it is not sent again in its turn.
  ///   - isForeign: whether the store may be made by anybody.
  /// - Returns: nil where all of them were sent. The reader stands where it stood.
  public func redactionsAhead(
    after arrival: Int64, scope: @escaping (Space) -> Bool, excluding peer: Int64?, echoThrough: Int64 = 0,
    held: inout HeldRanges, limit: Int, isForeign: Bool = false
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
      snapshot: self, scope: scope, peer: peer, echoThrough: echoThrough, held: held, signedFor: HeldRanges(),
      signatureSpan: VerifiedBatch.signatureSpan, isForeign: isForeign)
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT arrival, branch, n, source, hash, running, signature, \(reader.bodyColumn) FROM changes
        WHERE branch IN (\(list)) AND arrival > ? ORDER BY arrival
        """, arguments: [arrival])
    while reader.byteCount < limit || !reader.mayEnd(beyond: limit), let row = try rows.next() {
      try reader.take(row)
    }
    let batches = try reader.finish()
    // What went out, and not what was read: an end without a signature goes with what follows it.
    held.formUnion(reader.sent)
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
    try offer(after: arrival, scope: scope, excluding: peer, signedFor: HeldRanges()).ranges
  }

  /// The same, and whether the reader has signed for anything of it.
  ///
  /// - Parameter echoThrough: up to this arrival what came from the peer is listed as well.
  public func offer(
    after arrival: Int64, scope: (Space) -> Bool, excluding peer: Int64?, echoThrough: Int64 = 0,
    signedFor: HeldRanges
  ) throws -> (ranges: [OfferedRange], isAnySignedFor: Bool) {
    let statement = try db.cachedStatement(
      sql: """
        SELECT r.node, r.space, r.epoch, r.first, r.last, x.hash, r.key FROM (
          SELECT b.key, b.node, b.space, b.epoch, min(c.n) AS first, max(c.n) AS last
          FROM changes c JOIN branches b ON b.key = c.branch
          WHERE c.arrival > ? AND (c.source <> ? OR c.arrival <= ?) AND b.withdrawn <> 1 GROUP BY b.key) r
        JOIN changes x ON x.branch = r.key AND x.n = r.last ORDER BY r.key
        """)
    var ranges: [OfferedRange] = []
    var isAnySignedFor = false
    for row in try Row.fetchAll(statement, arguments: [arrival, peer ?? -1, echoThrough]) {
      let space = try space(key: row[1])
      guard scope(space), let node = NodeID(row[0] as Data) else { continue }
      let log = LogID(node: node, space: space, epoch: UInt64(bitPattern: row[2] as Int64))
      ranges.append(
        OfferedRange(
          log: log, from: UInt64(row[3] as Int64), to: UInt64(row[4] as Int64),
          toHash: try hash(row[5] as Data)))
      if signedFor.contains(branch: row[6], n: UInt64(row[3] as Int64)) { isAnySignedFor = true }
    }
    return (ranges, isAnySignedFor)
  }
}

/// What a damaged store does not give any more.
public struct OutgoingGaps: Sendable {
  /// By branch, from which number on its changes cannot be joined to what lies before.
  var ends: [Int64: UInt64] = [:]
  /// Changes that were read and lie beyond a gap.
  public internal(set) var leftOut = 0
  /// Whether the file could not be read to its end.
  public internal(set) var endsEarly = false
  public init() {}
}
