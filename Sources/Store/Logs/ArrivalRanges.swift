internal import Foundation
internal import GRDB
public import Ledger

/// Numbers of arrivals that belong together though others came between them: those of one merge, while another process
/// takes in as well.
public struct ArrivalRanges: Sendable {
  /// Ascending, none next to another.
  fileprivate var ranges: [ClosedRange<Int64>] = []

  public init() {}

  /// Adds what came behind one arrival up to another, later than all that was added.
  public mutating func add(after: Int64, through: Int64) {
    guard through > after else { return }
    if let last = ranges.last, last.upperBound == after {
      ranges[ranges.count - 1] = last.lowerBound...through
    } else {
      ranges.append(after + 1...through)
    }
  }

  /// Adds others, later than all that was added.
  public mutating func add(_ others: ArrivalRanges) {
    for range in others.ranges { add(after: range.lowerBound - 1, through: range.upperBound) }
  }

  fileprivate func contains(_ arrival: Int64) -> Bool {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < arrival { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].contains(arrival)
  }
}

/// What came to a store among certain arrivals, by what was taken in from others.
extension Snapshot {
  /// Records that came into being.
  public func newCount(in arrivals: ArrivalRanges) throws -> Int {
    guard let first = arrivals.ranges.first else { return 0 }
    let origins = try Int64.fetchCursor(
      db,
      sql: """
        SELECT r.origin FROM records r JOIN changes c ON c.arrival = r.origin
        WHERE r.origin >= ? AND c.source <> 0 AND r.kind IS NOT NULL AND r.flags & 1 = 0
        """, arguments: [first.lowerBound])
    var count = 0
    while let origin = try origins.next() { if arrivals.contains(origin) { count += 1 } }
    return count
  }

  /// Records that were here otherwise and were touched.
  public func changedCount(in arrivals: ArrivalRanges) throws -> Int {
    var changed: Set<Int64> = []
    for range in arrivals.ranges {
      let touches = try Row.fetchCursor(
        db,
        sql: """
          SELECT t.record, r.origin FROM touches t JOIN changes c ON c.arrival = t.arrival
          JOIN records r ON r.key = t.record
          WHERE t.arrival BETWEEN ? AND ? AND c.source <> 0 AND r.kind IS NOT NULL
          """, arguments: [range.lowerBound, range.upperBound])
      while let row = try touches.next() {
        if !arrivals.contains(row[1]) { changed.insert(row[0]) }
      }
    }
    return changed.count
  }

  /// How many changes of each author, most first.
  public func changesByAuthor(in arrivals: ArrivalRanges) throws -> [(node: NodeID, changes: Int)] {
    var counts: [NodeID: Int] = [:]
    for range in arrivals.ranges {
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT b.node, count(*) FROM changes c JOIN branches b ON b.key = c.branch
          WHERE c.arrival BETWEEN ? AND ? AND c.source <> 0 GROUP BY b.node
          """, arguments: [range.lowerBound, range.upperBound])
      for row in rows { if let node = NodeID(row[0] as Data) { counts[node, default: 0] += row[1] } }
    }
    return counts.map { (node: $0.key, changes: $0.value) }
      .sorted { $0.changes == $1.changes ? $0.node < $1.node : $0.changes > $1.changes }
  }
}
