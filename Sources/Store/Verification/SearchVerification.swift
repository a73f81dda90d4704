internal import Campaign
internal import GRDB
internal import Ledger

/// The search index, held against the records that it covers: a pair of characters that it lacks is a record that is
/// not found, one too many costs a look at the record and no more.
extension Snapshot {
  func verifySearch(_ report: inout Verification) throws {
    let through = try indexedThrough()
    var last: Int64 = 0
    while true {
      let keys = try Int64.fetchAll(
        db,
        sql: """
          SELECT key FROM records WHERE key > ?1 AND key <= ?2
            AND NOT EXISTS (SELECT 1 FROM unindexed WHERE record = key) ORDER BY key LIMIT ?3
          """, arguments: [last, through, IndexSegment.recordLimit])
      guard let end = keys.last else { return }
      for key in try misindexed(keys).sorted() {
        guard let row = try RecordRow.find(db, key: key) else { continue }
        report.note(
          log: try space(key: row.space).description, "search-mismatch", detail: row.id.description)
      }
      last = end
    }
  }

  private func misindexed(_ keys: [Int64]) throws -> Set<Int64> {
    var lists = SegmentBuilder()
    var days: [Int64: Int32] = [:]
    // Which of several living values is shown may depend on who was known when it was indexed.
    let settled = try Set(
      Int64.fetchAll(
        db, sql: "SELECT key FROM records WHERE key BETWEEN ? AND ? AND flags & 2 = 0",
        arguments: [keys[0], keys[keys.count - 1]]))
    try forEachContent(keys: keys) { record in
      days[record.key] = record.place.day
      guard settled.contains(record.key) else { return }
      SearchGrams.forEach(record.content, record.kind) { lists.add($0, record: record.key) }
    }
    var wrong: Set<Int64> = []
    try lists.forEachList { gram, wanted in
      var weights: [Int64: Int] = [:]
      for posting in try postings(of: gram...gram).postings { weights[posting.key] = posting.weight }
      for posting in wanted.postings where weights[posting.key] ?? 0 < posting.weight {
        wrong.insert(posting.key)
      }
    }
    try SearchDays(db).forEach(days.keys.sorted()) { key, day in
      if days[key] != day { wrong.insert(key) }
    }
    return wrong
  }
}
