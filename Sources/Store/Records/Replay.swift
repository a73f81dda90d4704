internal import GRDB
internal import Ledger

/// A record made anew from the changes that touched it and count, in the order in which they came.
struct Replay {
  private let db: Database
  private let logs: LogRegistry
  private let decoded: DecodedChanges

  init(_ db: Database, _ logs: LogRegistry, _ decoded: DecodedChanges) {
    self.db = db
    self.logs = logs
    self.decoded = decoded
  }

  /// What each change did to the record, in the order in which they came.
  ///
  /// - Parameter other: a change that is not read.
  func deeds(of row: RecordRow, but other: ChangeRef? = nil) throws -> [RecordStory.Deed] {
    let naming = RecordNaming(db: db, logs: logs, decoded: decoded)
    let leftOut = try other.flatMap { try logs.arrival(of: $0, hashPrefix: $0.hashPrefix) }
    return try countingArrivals(touching: row).filter { $0 != leftOut }.map { arrival in
      let stored = try decoded.change(arrival: arrival)
      return RecordStory.Deed(
        change: stored.change.ref, arrival: arrival, time: stored.change.time,
        operatorName: stored.content.operatorName, rule: stored.content.decidingRule,
        mutations: try decoded.mutations(of: row.id, in: arrival, naming).map { ($0, $1) })
    }
  }

  /// - Returns: the state, as if what does not count had never come.
  func state(of row: RecordRow) throws -> RecordState {
    let naming = RecordNaming(db: db, logs: logs, decoded: decoded)
    var state = RecordState()
    for arrival in try countingArrivals(touching: row) {
      let stored = try decoded.change(arrival: arrival)
      let change = stored.change.ref
      let knowledge = LogsBefore(arrival, logs: logs)
      for awaited in state.awaitedChanges where knowledge.holds(awaited) { state.noteApplied(awaited) }
      for (mutation, k) in try decoded.mutations(of: row.id, in: arrival, naming) {
        state.apply(mutation, firstK: k, of: change, time: stored.change.time, knowledge: knowledge)
      }
      state.noteApplied(change)
    }
    for change in state.awaitedChanges where logs.holds(change) { state.noteApplied(change) }
    return state
  }

  func countingArrivals(touching row: RecordRow) throws -> [Int64] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT c.arrival FROM changes c JOIN branches b ON b.key = c.branch
        WHERE NOT b.withdrawn AND c.arrival IN (SELECT arrival FROM touches WHERE record = ?1 UNION SELECT ?2)
        ORDER BY c.arrival
        """)
    return try Int64.fetchAll(statement, arguments: [row.key, row.origin])
  }
}

/// The logs as they were when a change came: what came later is not held yet.
private struct LogsBefore: LogKnowledge {
  private let arrival: Int64
  private let logs: LogRegistry

  init(_ arrival: Int64, logs: LogRegistry) {
    self.arrival = arrival
    self.logs = logs
  }

  func holds(_ change: ChangeRef) -> Bool {
    guard let found = try? logs.arrival(of: change, hashPrefix: change.hashPrefix) else { return false }
    return found < arrival
  }

  func isAncestor(_ earlier: ChangeRef, of later: ChangeRef) -> Bool {
    logs.isAncestor(earlier, of: later)
  }
}
