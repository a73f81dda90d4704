internal import Foundation
internal import GRDB
public import Ledger

/// One change that touched a record, oldest first as it came.
public struct HistoryEntry: Sendable {
  public var change: ChangeRef
  public var time: Int64
  public var operatorName: String
  public var mutation: Mutation
  public var firstK: UInt32
  /// Cells in which it took the place of several values that stood beside each other.
  public var settled: Set<UInt32> = []
}

extension RecordState {
  /// Whether a write ended more than one value of its cell: of a register, a group or a tally's base.
  fileprivate func settles(_ write: CellWrite, now: RecordState) -> Bool {
    let sort = write.content.sort
    guard sort != .set, sort != .existence, let former = cell(write.cell, sort)?.writes else { return false }
    let living = Set((now.cell(write.cell, sort)?.writes ?? []).map(\.dot))
    let ended = former.filter { write in
      if case .tallyIncrement = write.content { return false }
      return !living.contains(write.dot)
    }
    return Set(ended.map(\.content)).count > 1
  }
}

extension Snapshot {
  /// Every change that touched a record, in the order in which it was taken in here.
  public func history(of view: RecordView) throws -> [HistoryEntry] {
    guard let key = view.row, let row = try RecordRow.find(db, key: key) else { return [] }
    let decoded = DecodedChanges(db)
    let knowledge = LogRegistry(db)
    var state = RecordState()
    var entries: [HistoryEntry] = []
    for arrival in try countingArrivals(touching: row) {
      let stored = try decoded.change(arrival: arrival)
      var k: UInt32 = 1
      for mutation in stored.content.mutations {
        if try names(mutation, view.id, in: stored) {
          var entry = HistoryEntry(
            change: stored.change.ref, time: stored.change.time, operatorName: stored.content.operatorName,
            mutation: mutation, firstK: k)
          let before = state
          state.apply(
            mutation, firstK: k, of: entry.change, time: entry.time, knowledge: knowledge)
          for write in mutation.writes where before.settles(write, now: state) {
            entry.settled.insert(write.cell)
          }
          entries.append(entry)
        }
        k += UInt32(mutation.dotCount)
      }
    }
    return entries
  }

  func names(_ mutation: Mutation, _ id: RecordID, in stored: DecodedChanges.Stored) throws -> Bool {
    switch mutation.target {
    case .id(let target): return target == id
    case .madeHere(let n, let k):
      let statement = try db.cachedStatement(
        sql: """
          SELECT c.arrival FROM changes c JOIN branches b ON b.key = c.branch
          WHERE b.node = ? AND b.epoch = ? AND c.n = ?
          """)
      let arrivals = try Int64.fetchAll(
        statement,
        arguments: [stored.change.log.node.hash.data, Int64(bitPattern: stored.change.log.epoch), Int64(n)])
      let decoded = DecodedChanges(db)
      return try arrivals.contains { arrival in
        let made = try decoded.change(arrival: arrival)
        return made.change.log == stored.change.log && made.content.record(madeBy: k) == id
      }
    }
  }

  /// The operator of a change, empty where none was given.
  public func operatorName(of change: ChangeRef) throws -> String {
    guard
      let (branch, _) = try LogRegistry(db).branch(
        holding: change.n, hashPrefix: change.hashPrefix, of: change.log)
    else { return "" }
    let statement = try db.cachedStatement(sql: "SELECT arrival FROM changes WHERE branch = ? AND n = ?")
    guard let arrival = try Int64.fetchOne(statement, arguments: [branch.key, Int64(change.n)]) else {
      return ""
    }
    return try DecodedChanges(db).change(arrival: arrival).content.operatorName
  }
}
