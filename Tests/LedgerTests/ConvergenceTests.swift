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
        let round = try replica.state.encoded.withUnsafeBytes { try RecordState($0, space: testSpace) }
        #expect(round == replica.state, "seed \(seed)")
      }
      #expect(states.count == 1, "seed \(seed)")
      if states.count != 1 { return }
    }
  }

  /// A part of a history (whole prefixes of logs) gives the same state too, with what is missing noted.
  @Test func invariant1PartsOfAHistoryConvergeToo() throws {
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
      let states = Set((0..<3).map { _ in deliver(part, using: &random).state.encoded })
      #expect(states.count == 1, "seed \(seed)")
    }
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
    switch Int.random(in: 0..<12, using: &random) {
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

  static func living(of history: [HistoryChange]) -> Set<Key> {
    let byRef = Dictionary(uniqueKeysWithValues: history.map { ($0.ref, $0) })
    func ancestors(_ change: HistoryChange) -> Set<ChangeRef> {
      var found: Set<ChangeRef> = []
      var at = change.parent
      while let here = at {
        found.insert(here)
        at = byRef[here]?.parent
      }
      return found
    }
    var all: [(key: Key, content: WriteContent, change: HistoryChange, write: CellWrite)] = []
    for change in history {
      var k: UInt32 = change.mutation.creation == nil ? 1 : 2
      for write in change.mutation.writes {
        let dots: Int
        if case .elements(let values) = write.content { dots = values.count } else { dots = 1 }
        for _ in 0..<dots {
          all.append(
            (Key(write.cell, write.content.sort, Dot(change: change.ref, k: k)), write.content, change, write)
          )
          k += 1
        }
        // A removal without additions has edges though it has no dot.
        if dots == 0 {
          all.append(
            (Key(write.cell, write.content.sort, Dot(change: change.ref, k: 0)), write.content, change, write)
          )
        }
      }
    }
    var dead: Set<Key> = []
    for later in all {
      let before = ancestors(later.change)
      for earlier in all where earlier.key.number == later.key.number && earlier.key.sort == later.key.sort {
        let own = before.contains(earlier.change.ref)
        let named = later.write.supersedes.contains { dot in
          dot.change.log == later.change.ref.log
            ? own && dot.change.n == earlier.key.dot.change.n && dot.k == earlier.key.dot.k
            : dot == earlier.key.dot
        }
        if named || own && replacesUnnamed(later.content, earlier.content) { dead.insert(earlier.key) }
      }
    }
    return Set(all.map(\.key).filter { $0.dot.k > 0 }).subtracting(dead)
  }

  private static func replacesUnnamed(_ later: WriteContent, _ earlier: WriteContent) -> Bool {
    switch (later, earlier) {
    case (.elements, _), (.tallyIncrement, _), (_, .tallyIncrement): false
    default: true
    }
  }
}
