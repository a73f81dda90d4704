internal import GRDB

/// How much each source has in the quarantine, and whether more of it is kept.
///
/// No source takes more than half of the room that the others leave, so that one that invents faults keeps nobody
/// else's from being noted.
struct QuarantineRoom {
  private struct Share {
    var rows = 0
    var bytes = 0
  }

  private var shares: [Int64: Share] = [:]
  private var all = Share()

  init(_ db: Database) throws {
    let rows = try Row.fetchAll(
      db, sql: "SELECT source, count(*), coalesce(sum(length(batch)), 0) FROM quarantine GROUP BY source")
    for row in rows { add(row[1], bytes: row[2], of: row[0]) }
  }

  mutating func add(_ rows: Int, bytes: Int, of source: Int64) {
    // What was taken out here takes nobody's room.
    guard source != 0 else { return }
    shares[source, default: Share()].rows += rows
    shares[source, default: Share()].bytes += bytes
    all.rows += rows
    all.bytes += bytes
  }

  /// Whether one more stretch of a source is noted.
  func mayNote(of source: Int64) -> Bool {
    let own = shares[source]?.rows ?? 0
    return own < (Commit.quarantineRowLimit - (all.rows - own)) / 2
  }

  /// Whether so many bytes more of a source are kept.
  func mayKeep(_ bytes: Int, of source: Int64) -> Bool {
    let own = shares[source]?.bytes ?? 0
    return own + bytes <= (Commit.quarantineByteLimit - (all.bytes - own)) / 2
  }
}
