internal import Foundation
internal import GRDB
public import Ledger

/// One change that touched a record, oldest first as it came.
public struct HistoryEntry: Sendable {
  public var change: ChangeRef
  /// The number under which it came here.
  public var arrival: Int64
  public var time: Int64
  public var operatorName: String
  public var mutation: Mutation
  public var firstK: UInt32
  /// The record before and after it, as this store took it in.
  public var before: RecordState
  public var after: RecordState

  /// What a write ended: the values of its register, group or tally whose place it took.
  public func ended(by write: CellWrite) -> [RecordState.LivingWrite] {
    let sort = write.content.sort
    guard sort != .set, sort != .existence else { return [] }
    let living = Set((after.cell(write.cell, sort)?.writes ?? []).map(\.dot))
    return (before.cell(write.cell, sort)?.writes ?? []).filter { !living.contains($0.dot) }
      .flatMap(\.separated)
  }

  /// What stands beside a write because its author had not seen it: other values of its register, group or tally.
  public func unseen(by write: CellWrite) -> [RecordState.LivingWrite] {
    let sort = write.content.sort
    guard sort != .set, sort != .existence else { return [] }
    if case .tallyIncrement = write.content { return [] }
    let living = Set((after.cell(write.cell, sort)?.writes ?? []).map(\.dot))
    return (before.cell(write.cell, sort)?.writes ?? []).filter { living.contains($0.dot) }
      .flatMap(\.separated).filter { beside in
        if case .tallyIncrement = beside.content { return false }
        return beside.content != write.content
      }
  }

  /// Whether a write took the place of several values that stood beside each other.
  public func settles(_ write: CellWrite) -> Bool {
    let values = ended(by: write).map(\.content).filter { content in
      if case .tallyIncrement = content { return false }
      return true
    }
    return Set(values).count > 1
  }
}

extension Snapshot {
  /// Every change that touched a record, in the order in which it was taken in here.
  public func history(of view: RecordView) throws -> [HistoryEntry] {
    guard let key = view.row, let row = try RecordRow.find(db, key: key) else { return [] }
    var entries: [HistoryEntry] = []
    _ = try Replay(db, LogRegistry(db), decoded).state(of: row) { step in
      let change = step.stored.change
      entries.append(
        HistoryEntry(
          change: change.ref, arrival: step.arrival, time: change.time,
          operatorName: step.stored.content.operatorName,
          mutation: step.mutation, firstK: step.firstK, before: step.before, after: step.after))
    }
    return entries
  }

  /// The operator of a change, empty where none was given.
  public func operatorName(of change: ChangeRef) throws -> String {
    // A reference within a log of its own carries no hash.
    let hashPrefix = change.hashPrefix == 0 ? nil : change.hashPrefix
    guard
      let (branch, _) = try LogRegistry(db).branch(holding: change.n, hashPrefix: hashPrefix, of: change.log)
    else { return "" }
    let statement = try db.cachedStatement(sql: "SELECT arrival FROM changes WHERE branch = ? AND n = ?")
    guard let arrival = try Int64.fetchOne(statement, arguments: [branch.key, Int64(change.n)]) else {
      return ""
    }
    return try DecodedChanges(db).change(arrival: arrival).content.operatorName
  }
}
