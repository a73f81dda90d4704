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

/// Every change that touched a record and counts, in an order that is the same wherever the same changes are held: each
/// after what its author had seen, and beyond that by the clocks of those who wrote them.
///
/// It is made as it is gone through, within the transaction that it comes from: an entry holds the record before and after
/// it, and all of them at once would take memory in the square of what the record's changes are.
public struct RecordHistory: Sequence {
  /// Where an entry stands.
  public struct Place: Sendable {
    public var change: ChangeRef
    public var time: Int64
  }

  /// One an entry, in its order.
  public let places: [Place]
  private let story: RecordStory
  /// The changes by their log and number alone; nil where branches have several.
  private let byNumber: [ChangeRef: ChangeRef?]

  init(_ story: RecordStory) {
    self.story = story
    places = story.places
    byNumber = Dictionary(
      places.map { (RecordHistory.unhashed($0.change), $0.change) },
      uniquingKeysWith: { $0 == $1 ? $0 : nil })
  }

  public func makeIterator() -> Iterator { Iterator(story: story) }

  public struct Iterator: IteratorProtocol {
    fileprivate var story: RecordStory

    public mutating func next() -> HistoryEntry? { story.next() }
  }

  /// A candidate's dot within the log of who brought it back has no hash: this is the write that it means, where only one
  /// is told that it can be.
  public func withHash(_ dot: Dot) -> Dot {
    guard dot.change.hashPrefix == 0, let found = byNumber[dot.change], let change = found else { return dot }
    return Dot(change: change, k: dot.k)
  }

  private static func unhashed(_ change: ChangeRef) -> ChangeRef {
    ChangeRef(log: change.log, n: change.n, hashPrefix: 0)
  }
}

extension Snapshot {
  /// What happened to a record; nothing where it is not held.
  public func history(of view: RecordView) throws -> RecordHistory {
    let logs = LogRegistry(db)
    guard let key = view.row, let row = try RecordRow.find(db, key: key) else {
      return RecordHistory(RecordStory([], logs))
    }
    return RecordHistory(RecordStory(try Replay(db, logs, decoded).deeds(of: row), logs))
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
