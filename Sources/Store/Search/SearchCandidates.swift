internal import Campaign
internal import GRDB

/// Which records a text may stand in, and how well it may fit there at most.
struct SearchCandidates {
  /// By the posting lists, ascending by key: none that was changed since it was indexed. None scores more than
  /// it weighs here.
  var indexed = PostingList()
  /// What no segment covers as it is now, ascending: anything may stand there.
  var tail: [Int64] = []
}

extension Snapshot {
  func candidates(_ text: SearchText) throws -> SearchCandidates {
    guard !text.isEmpty else { return SearchCandidates() }
    var found: PostingList?
    for word in text.words {
      let list = try postings(ofWord: word)
      // A record's score is the sum of its words'.
      found = found.map { $0.intersection(list, merging: +) } ?? list
    }
    var candidates = SearchCandidates()
    candidates.indexed = found ?? PostingList()
    let changed = try Int64.fetchAll(
      db.cachedStatement(sql: "SELECT record FROM unindexed WHERE record <= ? ORDER BY record"),
      arguments: [try indexedThrough()])
    candidates.indexed.remove(changed)
    let new = try Int64.fetchAll(
      db.cachedStatement(sql: "SELECT key FROM records WHERE key > ? ORDER BY key"),
      arguments: [try indexedThrough()])
    candidates.tail = changed + new
    return candidates
  }

  /// The records that a word may stand in, and what it weighs there at most.
  ///
  /// The first of its pairs, which knows whether the word may begin a text, and the two of the others that fewest
  /// records hold: more would cost more than they leave out.
  private func postings(ofWord pairs: [ClosedRange<Int64>]) throws -> PostingList {
    let others = try Set(pairs.dropFirst()).subtracting(pairs.prefix(1)).map { range in
      (range: range, bytes: try bytes(of: range))
    }
    let rarest = others.sorted { ($0.bytes, $0.range.lowerBound) < ($1.bytes, $1.range.lowerBound) }.prefix(2)
    var found = try postings(of: pairs[0])
    for other in rarest {
      found = found.intersection(try postings(of: other.range)) { first, other in
        min(first, SearchText.bound(byLaterPair: other))
      }
    }
    return found
  }

  private func bytes(of range: ClosedRange<Int64>) throws -> Int {
    let statement = try db.cachedStatement(
      sql: "SELECT coalesce(sum(length(records)), 0) FROM postings WHERE gram BETWEEN ? AND ?")
    return try Int.fetchOne(statement, arguments: [range.lowerBound, range.upperBound]) ?? 0
  }

  func postings(of range: ClosedRange<Int64>) throws -> PostingList {
    // Of a record that several segments hold one is right, so that the greatest weight is enough; within it, each
    // pair that begins with a single character may stand in another text.
    var bySegment: [Int64: PostingList] = [:]
    let statement = try db.cachedStatement(
      sql: "SELECT segment, records FROM postings WHERE gram BETWEEN ? AND ?")
    let rows = try Row.fetchCursor(statement, arguments: [range.lowerBound, range.upperBound])
    while let row = try rows.next() {
      try row.withUnsafeData(atIndex: 1) {
        if let data = $0 { bySegment[row[0], default: PostingList()].add(encoded: data) }
      }
    }
    var all = PostingList()
    for (_, var list) in bySegment.sorted(by: { $0.key < $1.key }) {
      list.sort(merging: +)
      all.add(list)
    }
    all.sort(merging: max)
    return all
  }
}
