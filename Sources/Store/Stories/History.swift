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
  /// By which its values were chosen, where no person chose.
  public var rule: MergeRule?
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
  /// nothing; of the record's existence what it decided between, if both to keep and to delete it was wanted.
  public var seen: [RecordState.LivingWrite]
  /// What stands beside it because its author had not seen it, of what is told before it.
  public var unseen: [RecordState.LivingWrite]

  /// What it took the place of, a count's increments too.
  public var replaced: [RecordState.LivingWrite] { seen.separatedOnce }

  /// The values among which the author had to choose; a count's increments are none.
  public var seenValues: [RecordState.LivingWrite] {
    replaced.filter { value in
      if case .tallyIncrement = value.content { false } else { true }
    }
  }

  /// Whether it opens again what was settled. The candidates of a record that was made anew elsewhere take the place of
  /// nothing, or of what was written for them right before.
  public var reopens: Bool {
    guard case .candidates(let list) = write.content else { return false }
    let brought = Set(list.map(\.dot.unhashed))
    return !write.supersedes.isEmpty || !seen.allSatisfy { brought.contains($0.dot.unhashed) }
  }

  /// Whether it took the place of several values that stood beside each other.
  public var settles: Bool {
    // Values that were erased since read alike: whether they were is not known, and a decision stays one.
    let seen = seenValues
    let erased = seen.count { $0.content.holdsErased }
    return Set(seen.map(\.content).filter { !$0.holdsErased }).count + erased > 1
  }
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
      places.map { ($0.change.unhashed, $0.change) },
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

  /// Who entered each of a record's writes; empty where no name was given, or where nothing here says it: a record that was
  /// made anew elsewhere names writes of the one that it was made from, which not everybody holds.
  public func operatorNames(of dots: [Dot], in view: RecordView) throws -> [String] {
    var names: [Dot: String] = [:]
    var others: Set<Dot> = []
    for dot in Set(dots) {
      if let name = try operatorName(of: dot.change) { names[dot] = name } else { others.insert(dot) }
    }
    for (dot, carried) in try writesCarried(others, in: view) {
      names[dot] = try carried.origin.flatMap { try operatorName(of: $0.dot.change) }
    }
    return dots.map { names[$0] ?? "" }
  }

  /// The operator of a change, empty where none was given; nil where it is not held.
  private func operatorName(of change: ChangeRef) throws -> String? {
    // A reference within a log of its own carries no hash.
    let hashPrefix = change.hashPrefix == 0 ? nil : change.hashPrefix
    guard
      let arrival = try LogRegistry(db).arrival(of: change, hashPrefix: hashPrefix)
    else { return nil }
    return try DecodedChanges(db).change(arrival: arrival).content.operatorName
  }
}
