import Ledger
import TestSupport
import Testing

/// Invariant 1 (convergence) and 7 (idempotence) of the merge, over thousands of random histories.
@Suite struct ConvergenceTests {
  @Test func invariant1AnyOrderAndAnyRepetitionGiveTheSameState() throws {
    for seed in 0..<1500 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let history = try RandomHistory.make(using: &random)
      let reference = ReferenceMerge.living(of: history)
      var states: Set<[UInt8]> = []
      for _ in 0..<3 {
        let replica = deliver(history, using: &random)
        states.insert(replica.state.encoded)
        let living = Set(
          replica.state.cells.flatMap { cell in
            cell.writes.map { ReferenceMerge.Key(cell.number, cell.sort, $0.dot) }
          })
        #expect(living == reference, "seed \(seed)")
        #expect(replica.state.existence == ReferenceMerge.existence(of: history), "seed \(seed)")
        let round = try replica.state.encoded.withUnsafeBytes { try RecordState($0, space: testSpace) }
        #expect(round == replica.state, "seed \(seed)")
      }
      #expect(states.count == 1, "seed \(seed)")
      if states.count != 1 { return }
    }
  }

  /// A part of a history (whole prefixes of logs) gives the same state too, with what is missing noted.
  @Test func invariant1PartsOfAHistoryConvergeToo() throws {
    var areMissing = 0
    var areDisputed = 0
    var areUndone = 0
    for seed in 5000..<6000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let history = try RandomHistory.make(using: &random)
      var held: Set<ChangeRef> = []
      let part = history.filter { change in
        guard change.parent.map(held.contains) ?? true, Int.random(in: 0..<10, using: &random) < 8 else {
          return false
        }
        held.insert(change.ref)
        return true
      }
      let replicas = (0..<3).map { _ in deliver(part, using: &random).state }
      #expect(Set(replicas.map(\.encoded)).count == 1, "seed \(seed)")
      let state = replicas[0]
      let living = state.cells.flatMap { cell in
        cell.writes.map { ReferenceMerge.Key(cell.number, cell.sort, $0.dot) }
      }
      #expect(Set(living) == ReferenceMerge.living(of: part), "seed \(seed)")
      let missing = state.cells.flatMap { cell in
        cell.missing.map { ReferenceMerge.Key(cell.number, cell.sort, $0) }
      }
      #expect(Set(missing) == ReferenceMerge.missing(of: part), "seed \(seed)")
      #expect(state.existence == ReferenceMerge.existence(of: part), "seed \(seed)")
      areMissing += missing.isEmpty ? 0 : 1
      areDisputed += state.existence == .disputed ? 1 : 0
      areUndone += state.cells.contains { $0.writes.contains { !$0.content.candidates.isEmpty } } ? 1 : 0
    }
    #expect(areMissing > 50 && areDisputed > 50 && areUndone > 50)
  }

  /// Delivers in a random order that keeps each log's own, repeating at will.
  private func deliver(_ history: [HistoryChange], using random: inout SeededRandom) -> Replica {
    var replica = Replica()
    var rest = history
    while !rest.isEmpty {
      let index = rest.indices.randomElement(using: &random)!
      if replica.take(rest[index]) {
        if Int.random(in: 0..<4, using: &random) == 0 { replica.take(rest[index]) }
        rest.remove(at: index)
      }
    }
    return replica
  }
}

/// Makes histories: a few authors, now and then one of them cloned (a forked log), editing one record with
/// every sort of cell and seeing each other's changes late, in part, and in different orders.
enum RandomHistory {
  static func make(using random: inout SeededRandom) throws -> [HistoryChange] {
    var authors = (1...UInt8.random(in: 2...4, using: &random)).map { Author($0) }
    var history: [HistoryChange] = []
    for _ in 0..<Int.random(in: 3...24, using: &random) {
      let i = authors.indices.randomElement(using: &random)!
      switch Int.random(in: 0..<20, using: &random) {
      case 0 where authors.count < 6: authors.append(authors[i])  // a cloned disk: both go on
      case 1...7:
        for change in history where Int.random(in: 0..<3, using: &random) > 0 {
          authors[i].replica.take(change)
        }
        authors[i].beginNewEpochIfForked(using: &random)
      default:
        authors[i].clock += Int64.random(in: -5_000_000...5_000_000, using: &random)
        history.append(try step(&authors[i], using: &random))
      }
    }
    return history
  }

  private static func step(_ author: inout Author, using random: inout SeededRandom) throws -> HistoryChange {
    let names = ["a", "b", "c", "d"]
    let word = names.randomElement(using: &random)!
    let cell = UInt32.random(in: 1...2, using: &random)
    let number = Int64.random(in: 0...4, using: &random)
    switch Int.random(in: 0..<13, using: &random) {
    case 12: return try author.undo(using: &random)
    case 0: return try author.commit([author.editor.deletion])
    case 1: return try author.commit([author.editor.restoration])
    case 2:
      return try author.commit([CellWrite(cell: 1, content: .register(.text(word)))], creation: testCreation)
    case 3:
      return try author.edit(
        .setChange(cell: 3, add: [.code(word)], remove: [.code(names.randomElement(using: &random)!)]))
    case 4: return try author.edit(.setExactly(cell: 3, elements: [.code(word), .text(word)]))
    case 5: return try author.edit(.tallyIncrement(cell: 4, by: number))
    case 6: return try author.edit(.tallyBase(cell: 4, value: .integer(number)))
    case 7:
      let field = UInt32.random(in: 1...3, using: &random)
      return try author.edit(.group(cell: 5, members: [GroupMember(field: field, value: .integer(number))]))
    default: return try author.edit(.register(cell: cell, value: .text(word)))
    }
  }
}

extension Author {
  /// Takes back what stands in some cell: all that lives there stands beside each other anew.
  fileprivate mutating func undo(using random: inout SeededRandom) throws -> HistoryChange {
    let cells = replica.state.cells.filter { $0.sort != .set && $0.sort != .existence && !$0.writes.isEmpty }
    guard let cell = cells.randomElement(using: &random) else { return try commit([]) }
    let former = cell.writes.flatMap(\.separated).filter { write in
      if case .tallyIncrement = write.content { return false }
      return true
    }
    guard !former.isEmpty else { return try commit([]) }
    let resolution = cell.writes.randomElement(using: &random)!.dot
    return try commit([
      editor.undoing(
        [resolution], cell: cell.number, sort: cell.sort,
        former: former.map { Candidate(dot: $0.dot, time: $0.time, content: $0.content) })
    ])
  }
}

extension WriteContent {
  fileprivate var candidates: [Candidate] {
    if case .candidates(let list) = self { return list }
    return []
  }
}

/// The merge rules said slowly: a write lives unless some other held write reaches it.
enum ReferenceMerge {
  struct Key: Hashable {
    var number: UInt32
    var sort: CellSort
    var dot: Dot
    init(_ number: UInt32, _ sort: CellSort, _ dot: Dot) {
      self.number = number
      self.sort = sort
      self.dot = dot
    }
  }

  /// A write with what it says; a removal without additions has edges though it has no dot.
  private struct Written {
    var key: Key
    var content: WriteContent
    var change: ChangeRef
    var names: [Dot]
    /// The changes before it on its branch.
    var before: Set<ChangeRef>

    /// Whether it names a write: one of the own log stands for the one on its own branch.
    func hasNamed(_ other: Written) -> Bool {
      let dot = other.key.dot
      return names.contains { named in
        named.change.log == change.log
          ? before.contains(dot.change) && named.change.log == dot.change.log
            && named.change.n == dot.change.n && named.k == dot.k
          : named == dot
      }
    }
  }

  private static func all(_ history: [HistoryChange]) -> [Written] {
    let byRef = Dictionary(uniqueKeysWithValues: history.map { ($0.ref, $0) })
    var all: [Written] = []
    for change in history {
      var before: Set<ChangeRef> = []
      var at = change.parent
      while let here = at {
        before.insert(here)
        at = byRef[here]?.parent
      }
      var k: UInt32 = change.mutation.creation == nil ? 1 : 2
      for write in change.mutation.writes {
        var dots = 1
        if case .elements(let values) = write.content { dots = values.count }
        for place in dots == 0 ? [UInt32(0)] : (0..<UInt32(dots)).map({ k + $0 }) {
          all.append(
            Written(
              key: Key(write.cell, write.content.sort, Dot(change: change.ref, k: place)),
              content: write.content, change: change.ref, names: write.supersedes, before: before))
        }
        k += UInt32(dots)
      }
    }
    return all
  }

  private static func alive(_ all: [Written]) -> [Written] {
    all.filter { earlier in
      guard earlier.key.dot.k > 0 else { return false }
      return !all.contains { later in
        later.key.number == earlier.key.number && later.key.sort == earlier.key.sort
          && (later.hasNamed(earlier)
            || later.before.contains(earlier.change) && replacesUnnamed(later.content, earlier.content))
      }
    }
  }

  static func living(of history: [HistoryChange]) -> Set<Key> { Set(alive(all(history)).map(\.key)) }

  /// Dots of other logs that a write names and whose change is not held.
  static func missing(of history: [HistoryChange]) -> Set<Key> {
    let held = Set(history.map(\.ref))
    return Set(
      all(history).flatMap { write in
        write.names.filter { $0.change.log != write.change.log && !held.contains($0.change) }
          .map { Key(write.key.number, write.key.sort, $0) }
      })
  }

  private struct Cell: Hashable {
    var number: UInt32
    var sort: CellSort

    init(_ key: Key) { (number, sort) = (key.number, key.sort) }
  }

  /// Deleted where all that lives was seen by a deletion that lives; disputed where something was not that nothing which
  /// is missing can have replaced.
  static func existence(of history: [HistoryChange]) -> Existence {
    let alive = alive(all(history))
    let deletions = alive.filter { $0.content == .deletion }
    if deletions.isEmpty { return .present }
    let others = alive.filter { $0.key.sort != .existence }
    let unseen = others.filter { write in !deletions.contains { $0.hasNamed(write) } }
    if unseen.isEmpty { return .deleted }
    let incomplete = Set(missing(of: history).map(Cell.init))
    if incomplete.contains(where: { $0.sort == .existence }) { return .present }
    return unseen.allSatisfy { incomplete.contains(Cell($0.key)) } ? .present : .disputed
  }

  private static func replacesUnnamed(_ later: WriteContent, _ earlier: WriteContent) -> Bool {
    switch (later, earlier) {
    case (.elements, _), (.tallyIncrement, _), (_, .tallyIncrement): false
    default: true
    }
  }
}
