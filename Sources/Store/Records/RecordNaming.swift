internal import GRDB
internal import Ledger

/// Which record a mutation is about: it names it by its id, or by the dot of the author's own log that made it.
struct RecordNaming {
  let db: Database
  let logs: LogRegistry
  let decoded: DecodedChanges

  /// - Returns: nil where the named dot made no record, as far as this version can tell: its change may be of a newer
  ///   format. Such a mutation is passed over, and the log goes on.
  func record(of target: Mutation.Target, in change: ChangeRef) throws -> RecordID? {
    switch target {
    case .id(let id): return id
    case .madeHere(let n, let k):
      let branches = try logs.branches(of: change.log)
      for branch in branches where n > branch.baseN && n <= branch.head.n {
        let statement = try db.cachedStatement(sql: "SELECT arrival FROM changes WHERE branch = ? AND n = ?")
        guard let arrival = try Int64.fetchOne(statement, arguments: [branch.key, Int64(n)]) else { continue }
        let made = try decoded.made(arrival: arrival)
        guard branches.count == 1 || logs.isAncestor(made.change, of: change) else { continue }
        return made.record(k)
      }
      return nil
    }
  }
}

/// The records that a change made.
struct MadeRecords {
  let change: ChangeRef
  /// Ascending by the number of the dot.
  private var records: [(k: UInt32, id: RecordID)] = []

  var count: Int { records.count }

  init(_ stored: DecodedChanges.Stored) {
    change = stored.change.ref
    // What is known of a newer format's change may not be all that it says of a record.
    guard !stored.content.hasUnknownParts else { return }
    var next: UInt32 = 1
    for mutation in stored.content.mutations {
      if mutation.creation != nil, case .id(let id) = mutation.target { records.append((next, id)) }
      next += UInt32(mutation.dotCount)
    }
  }

  func record(_ k: UInt32) -> RecordID? {
    var low = 0
    var high = records.count
    while low < high {
      let middle = (low + high) / 2
      if records[middle].k < k { low = middle + 1 } else { high = middle }
    }
    return low < records.count && records[low].k == k ? records[low].id : nil
  }
}
