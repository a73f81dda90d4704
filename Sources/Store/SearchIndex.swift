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

  /// Records that `text` may stand in, ascending by key.
  func candidates(_ text: SearchText) throws -> [Int64] {
    let grams = text.grams
    guard !grams.isEmpty else { return [] }
    var found: PostingList?
    for range in try rarest(grams) {
      var list = PostingList()
      let statement = try db.cachedStatement(sql: "SELECT records FROM postings WHERE gram BETWEEN ? AND ?")
      let rows = try Row.fetchCursor(statement, arguments: [range.lowerBound, range.upperBound])
      while let row = try rows.next() {
        try row.withUnsafeData(atIndex: 0) { if let data = $0 { list.add(encoded: data) } }
      }
      list.sort()
      found = found.map { $0.intersection(list) } ?? list
    }
    var tail = PostingList()
    for key in try Int64.fetchAll(
      db.cachedStatement(sql: "SELECT key FROM records WHERE key > ?"), arguments: [try indexedThrough()])
    {
      tail.add(key)
    }
    for key in try Int64.fetchAll(db.cachedStatement(sql: "SELECT record FROM unindexed")) { tail.add(key) }
    for key in found?.keys ?? [] { tail.add(key) }
    tail.sort()
    return tail.keys
  }

  /// The few pairs that fewest records hold: more would cost more than they leave out.
  private func rarest(_ grams: [ClosedRange<Int64>]) throws -> [ClosedRange<Int64>] {
    let statement = try db.cachedStatement(
      sql: "SELECT coalesce(sum(length(records)), 0) FROM postings WHERE gram BETWEEN ? AND ?")
    let sized = try grams.map { range in
      (
        range: range,
        bytes: try Int.fetchOne(statement, arguments: [range.lowerBound, range.upperBound]) ?? 0
      )
    }
    return sized.sorted { $0.bytes < $1.bytes }.prefix(3).map(\.range)
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
  var lists: SegmentBuilder
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
      records: records, from: from, arrival: try ownCursor().arrival, lists: SegmentBuilder())
    try forEachContent(keys: records) { key, kind, content in
      SearchGrams.forEach(content, kind) { segment.lists.add($0, record: key) }
    }
    return segment
  }
}

extension Snapshot {
  /// The records beyond what the index covers, with their texts, in the order of their keys.
  func forEachNew(_ body: (Int64, Kind, RecordContent) -> Void) throws {
    let keys = try Int64.fetchAll(
      db, sql: "SELECT key FROM records WHERE key > ? ORDER BY key", arguments: [try indexedThrough()])
    try forEachContent(keys: keys, body)
  }
}

extension Commit {
  /// Segments beside each other; beyond it the smaller ones are made one.
  private static let segmentLimit = 8

  /// - Returns: false where another process was faster.
  func add(_ segment: IndexSegment) throws -> Bool {
    let first = segment.records[0]
    let last = segment.records[segment.records.count - 1]
    guard try snapshot.indexedThrough() == segment.from else { return false }
    try segment.lists.write(db, segment: try addSegment(records: segment.records.count))
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
    try load.take().write(db, segment: try addSegment(records: count))
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
      list.sort()
      for key in list.keys { builder.add(gram, record: key) }
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

/// Record keys, as a list of the index holds them: ascending, each as a varint of the difference to the last.
struct PostingList {
  private(set) var keys: [Int64] = []

  mutating func add(_ key: Int64) { keys.append(key) }

  mutating func add(encoded bytes: Data) {
    bytes.withUnsafeBytes { raw in
      var reader = ByteReader(raw)
      var last: Int64 = 0
      while !reader.isAtEnd, let step = try? reader.readVarint() {
        last &+= Int64(truncatingIfNeeded: step)
        keys.append(last)
      }
    }
  }

  /// Ascending, each once.
  mutating func sort() {
    let isSorted = zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 }
    guard !isSorted else { return }
    keys.sort()
    var kept = 0
    for index in keys.indices where index == 0 || keys[index] != keys[kept - 1] {
      keys[kept] = keys[index]
      kept += 1
    }
    keys.removeLast(keys.count - kept)
  }

  func intersection(_ other: PostingList) -> PostingList {
    var common = PostingList()
    var (a, b) = (0, 0)
    while a < keys.count, b < other.keys.count {
      if keys[a] == other.keys[b] {
        common.add(keys[a])
        a += 1
        b += 1
      } else if keys[a] < other.keys[b] {
        a += 1
      } else {
        b += 1
      }
    }
    return common
  }
}
