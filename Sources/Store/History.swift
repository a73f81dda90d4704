internal import Foundation
internal import GRDB
public import Ledger

/// One change that touched a record.
public struct HistoryEntry: Sendable {
  public var change: ChangeRef
  /// The number under which it came here.
  public var arrival: Int64
  public var time: Int64
  public var operatorName: String
  public var creation: Creation?
  public var writes: [HistoryWrite]
  /// The record as it was told up to here, and with this change.
  public var before: RecordState
  public var after: RecordState
}

/// What a change wrote of one cell.
public struct HistoryWrite: Sendable {
  public var dot: Dot
  public var write: CellWrite
  /// What its author saw there and replaced: the values that it names, and its own log's earlier one. Of a set
  /// nothing; of the record's existence what it decided between, if a deletion had not seen every write.
  public var seen: [RecordState.LivingWrite]
  /// What stands beside it because its author had not seen it, of what is told before it.
  public var unseen: [RecordState.LivingWrite]

  /// What it took the place of, a count's increments too.
  public var replaced: [RecordState.LivingWrite] { seen.flatMap(\.separated) }

  /// The values among which the author had to choose; a count's increments are none.
  public var seenValues: [RecordState.LivingWrite] {
    replaced.filter { value in
      if case .tallyIncrement = value.content { false } else { true }
    }
  }

  /// Whether it took the place of several values that stood beside each other.
  public var settles: Bool { Set(seenValues.map(\.content)).count > 1 }
}

extension [HistoryEntry] {
  /// A candidate's dot within the log of who brought it back has no hash: this is the write that it means, where only one
  /// is told that it can be.
  public func withHash(_ dot: Dot) -> Dot {
    guard dot.change.hashPrefix == 0 else { return dot }
    let meant = filter { $0.change.log == dot.change.log && $0.change.n == dot.change.n }.map(\.change)
    guard let change = meant.first, Set(meant).count == 1 else { return dot }
    return Dot(change: change, k: dot.k)
  }
}

extension Snapshot {
  /// Every change that touched a record and counts, in an order that is the same wherever the same changes are held: each
  /// after what its author had seen, and beyond that by the clocks of those who wrote them.
  public func history(of view: RecordView) throws -> [HistoryEntry] {
    guard let key = view.row, let row = try RecordRow.find(db, key: key) else { return [] }
    let logs = LogRegistry(db)
    return RecordStory(try Replay(db, logs, decoded).deeds(of: row), logs).entries
  }

  /// The operator of a change, empty where none was given.
  public func operatorName(of change: ChangeRef) throws -> String {
    // A reference within a log of its own carries no hash.
    let hashPrefix = change.hashPrefix == 0 ? nil : change.hashPrefix
    guard
      let arrival = try LogRegistry(db).arrival(of: change, hashPrefix: hashPrefix)
    else { return "" }
    return try DecodedChanges(db).change(arrival: arrival).content.operatorName
  }
}
