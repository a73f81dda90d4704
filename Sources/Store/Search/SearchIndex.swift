internal import Campaign
internal import Foundation
internal import GRDB
internal import Ledger

/// Search: which records a text may stand in.
///
/// Posting lists of pairs of characters, built in bulk, a segment at a time; what no segment covers yet (the
/// tail) is looked through. What the lists give is a candidate only, the record's own text decides: so a
/// result is complete and right however old the index is.
extension Snapshot {
  /// How many records the tail holds: new since the last segment, or changed since they were indexed.
  public func unindexedCount() throws -> Int {
    let statement = try db.cachedStatement(
      sql: "SELECT (SELECT coalesce(max(key), 0) FROM records) - ?, (SELECT count(*) FROM unindexed)")
    let row = try Row.fetchOne(statement, arguments: [try indexedThrough()])
    return max(0, row?[0] ?? 0) + (row?[1] ?? 0)
  }

  func indexedThrough() throws -> Int64 {
    let value = try meta(.indexedThrough)
    return value.map { $0.reduce(0) { $0 << 8 | Int64($1) } } ?? 0
  }
}

extension Store {
  /// Tail lengths from which a segment is worth building.
  public static let indexThreshold = 1000

  /// Moves the tail into segments of the index. The reading is done beside other writers; only what comes of
  /// it is written in a transaction of its own.
  public func indexTail() throws {
    while let segment = try read({ try $0.nextSegment() }) {
      let isAdded = try write { try $0.add(segment) }
      guard isAdded, segment.records.count == IndexSegment.recordLimit else { return }
    }
  }
}

/// Posting lists of a part of the tail, as one transaction saw it.
struct IndexSegment {
  /// Records a segment is built of at once: what bounds the memory it takes.
  static let recordLimit = 25_000

  /// Ascending; not empty.
  var records: [Int64]
  /// The last record that the index covered.
  var from: Int64
  /// The last arrival that was seen: what changed after it stays in the tail.
  var arrival: Int64
  /// How often something had been erased: lists that were read before the last time may tell of it.
  var erasures: Int64
  var lists: SegmentBuilder
  /// Ascending by record.
  var days: [(record: Int64, day: Int32)] = []
}

/// A record as the index takes it in.
struct IndexedRecord: Sendable {
  var key: Int64
  var kind: Kind
  var content: RecordContent
  /// As its row has it; nil for none.
  var day: Int64?

  /// For `SearchDays`.
  var place: (record: Int64, day: Int32) { (key, day.map { Int32(clamping: $0) } ?? SearchDays.none) }
}

extension Snapshot {
  func nextSegment() throws -> IndexSegment? {
    let from = try indexedThrough()
    let records = try Int64.fetchAll(
      db,
      sql: """
        SELECT key FROM records WHERE key > ?1
        UNION SELECT record FROM unindexed WHERE record <= ?1 ORDER BY 1 LIMIT ?2
        """, arguments: [from, IndexSegment.recordLimit])
    guard !records.isEmpty else { return nil }
    var segment = IndexSegment(
      records: records, from: from, arrival: try ownCursor().arrival, erasures: try erasureCount(),
      lists: SegmentBuilder())
    try forEachContent(keys: records) { record in
      SearchGrams.forEach(record.content, record.kind) { segment.lists.add($0, record: record.key) }
      segment.days.append(record.place)
    }
    return segment
  }
}

extension Snapshot {
  /// The records beyond what the index covers, with their texts, in the order of their keys.
  func forEachNew(_ body: (IndexedRecord) -> Void) throws {
    let keys = try Int64.fetchAll(
      db, sql: "SELECT key FROM records WHERE key > ? ORDER BY key", arguments: [try indexedThrough()])
    try forEachContent(keys: keys, body)
  }
}

extension Commit {
  /// Segments beside each other; beyond it the smaller ones are made one.
  private static let segmentLimit = 8

  /// - Returns: false where another process was faster.
  func add(_ segment: consuming IndexSegment) throws -> Bool {
    let first = segment.records[0]
    let last = segment.records[segment.records.count - 1]
    guard try snapshot.indexedThrough() == segment.from, try snapshot.erasureCount() == segment.erasures
    else {
      return false
    }
    try segment.lists.write(db, segment: try addSegment(records: segment.records.count))
    try SearchDays(db).write(segment.days)
    if last > segment.from { try setMeta(.indexedThrough, last.bigEndianBytes) }
    try db.execute(
      sql: "DELETE FROM unindexed WHERE record BETWEEN ? AND ? AND arrival <= ?",
      arguments: [first, last, segment.arrival])
    try joinSegments()
    return true
  }

  /// A segment of what a bulk load has brought since the last: all records beyond what the index covers.
  func writeSegment(of load: BulkIndexing) throws {
    let (count, last) = (load.count, load.last)
    var (lists, days) = load.take()
    try lists.write(db, segment: try addSegment(records: count))
    try SearchDays(db).write(days)
    try setMeta(.indexedThrough, last.bigEndianBytes)
    try joinSegments()
  }

  private func addSegment(records: Int) throws -> Int64 {
    try db.execute(sql: "INSERT INTO segments(records) VALUES (?)", arguments: [records])
    return db.lastInsertedRowID
  }

  /// Makes the smaller half of too many segments one.
  private func joinSegments() throws {
    let segments = try Row.fetchAll(db, sql: "SELECT key, records FROM segments ORDER BY records, key")
    guard segments.count > Commit.segmentLimit else { return }
    let joined = segments.prefix(segments.count / 2 + 1)
    let list = joined.map { String($0[0] as Int64) }.joined(separator: ",")
    let target = try addSegment(records: joined.reduce(0) { $0 + ($1[1] as Int) })
    var builder = SegmentBuilder()
    let rows = try Row.fetchCursor(
      db, sql: "SELECT gram, records FROM postings WHERE segment IN (\(list)) ORDER BY gram")
    var open: (gram: Int64, list: PostingList)?
    func close() {
      guard let gram = open?.gram, var list = open?.list else { return }
      // Of a record that several segments hold one is right: the greatest weight is enough.
      list.sort(merging: max)
      for posting in list.postings {
        builder.add(SearchGram(pair: gram, text: 0, weight: posting.weight), record: posting.key)
      }
    }
    while let row = try rows.next() {
      let gram: Int64 = row[0]
      if open?.gram != gram {
        close()
        open = (gram, PostingList())
      }
      try row.withUnsafeData(atIndex: 1) { if let data = $0 { open?.list.add(encoded: data) } }
    }
    close()
    try db.execute(sql: "DELETE FROM postings WHERE segment IN (\(list))")
    try db.execute(sql: "DELETE FROM segments WHERE key IN (\(list))")
    try builder.write(db, segment: target)
  }
}
