internal import Ledger

/// What happened to a record, change by change, and what each author saw. All of it comes out of what the writes name and
/// where they stand in their logs, so that every store tells the same.
///
/// It is told one mutation after the other. Of what was told stays what later ones may name: each write, and not the
/// record before and after it, which would take the square of what its changes do.
struct RecordStory: IteratorProtocol {
  /// What one change did to the record.
  struct Deed {
    var change: ChangeRef
    var arrival: Int64
    var time: Int64
    var operatorName: String
    /// By which its values were chosen, where no person chose.
    var rule: MergeRule?
    /// With the number of the first dot of each in the change.
    var mutations: [(mutation: Mutation, firstK: UInt32)]

    var makesRecord: Bool { mutations.contains { $0.mutation.creation != nil } }
  }

  private struct Cell: Hashable {
    var number: UInt32
    var sort: CellSort
  }

  private struct OwnCell: Hashable {
    var log: LogID
    var cell: Cell
  }

  /// A write that was told, and those that it replaced.
  private struct Told: Replacing {
    var place: Int
    var cell: Cell
    var write: RecordState.LivingWrite
    var replaced: [Dot]
  }

  private let logs: LogRegistry
  private let deeds: [Deed]
  /// Which of them are told, and which is next with which of its mutations.
  private let order: [Int]
  private var following = (deed: 0, mutation: 0)
  private var state = RecordState()
  private var told: [Dot: Told] = [:]
  /// Where each log wrote a cell, in the order in which it is told.
  private var own: [OwnCell: [Dot]] = [:]
  /// The same by number and k, without a hash: one for each branch.
  private var unhashed: [Dot: [Dot]] = [:]
  private var decisions: ExistenceStory

  init(_ deeds: [Deed], _ logs: LogRegistry) {
    self.logs = logs
    self.deeds = deeds
    decisions = ExistenceStory(logs)
    order = StoryOrder(deeds, logs).told
  }

  /// The change of each entry, in the order in which they are told.
  var places: [RecordHistory.Place] {
    order.flatMap { index in
      deeds[index].mutations.map { _ in
        RecordHistory.Place(change: deeds[index].change, time: deeds[index].time)
      }
    }
  }

  mutating func next() -> HistoryEntry? {
    while following.deed < order.count {
      let deed = deeds[order[following.deed]]
      guard following.mutation < deed.mutations.count else {
        state.noteApplied(deed.change)
        following = (following.deed + 1, 0)
        continue
      }
      defer { following.mutation += 1 }
      return tell(
        deed.mutations[following.mutation].mutation, deed.mutations[following.mutation].firstK, of: deed)
    }
    return nil
  }

  private mutating func tell(_ mutation: Mutation, _ firstK: UInt32, of deed: Deed) -> HistoryEntry {
    let before = state
    state.apply(mutation, firstK: firstK, of: deed.change, time: deed.time, knowledge: logs)
    var k = firstK + (mutation.creation == nil ? 0 : 1)
    let writes = mutation.writes.map { write in
      defer { k += UInt32(write.content.dotCount) }
      return tell(write, Dot(change: deed.change, k: k), of: deed, from: before)
    }
    return HistoryEntry(
      change: deed.change, arrival: deed.arrival, time: deed.time, operatorName: deed.operatorName,
      rule: deed.rule, creation: mutation.creation, writes: writes, before: before, after: state)
  }

  private mutating func tell(
    _ write: CellWrite, _ dot: Dot, of deed: Deed, from before: RecordState
  ) -> HistoryWrite {
    let sort = write.content.sort
    if sort == .existence {
      let (seen, unseen) = decisions.tell(write, dot, time: deed.time, from: before, to: state)
      return HistoryWrite(dot: dot, write: write, seen: seen, unseen: unseen)
    }
    guard sort != .set else { return HistoryWrite(dot: dot, write: write, seen: [], unseen: []) }
    let cell = OwnCell(log: dot.change.log, cell: Cell(number: write.cell, sort: sort))
    let seen = seen(by: write, dot, cell)
    let living = state.cell(write.cell, sort)?.writes ?? []
    if let own = living.first(where: { $0.dot == dot }) {
      told[dot] = Told(place: told.count, cell: cell.cell, write: own, replaced: seen.map(\.dot))
      self.own[cell, default: []].append(dot)
      unhashed[dot.unhashed, default: []].append(dot)
    }
    let unseen = unseen(by: write, among: Set(living.map(\.dot)), before)
    return HistoryWrite(dot: dot, write: write, seen: seen, unseen: unseen)
  }

  /// An own earlier write was not there any more if something that is named has replaced it.
  private func seen(by write: CellWrite, _ dot: Dot, _ cell: OwnCell) -> [RecordState.LivingWrite] {
    if case .tallyIncrement = write.content { return [] }
    var seen = Set(write.supersedes.compactMap { name($0, by: dot, cell) })
    if let earlier = own[cell]?.last(where: { isOwn($0, before: dot) && isValue($0) }),
      !seen.contains(where: { told.reaches(earlier, from: $0) })
    {
      seen.insert(earlier)
    }
    return seen.compactMap { told[$0]?.write }.sorted { ($0.time, $0.dot) < ($1.time, $1.dot) }
  }

  /// A dot of the author's own log carries no hash: it means the write on its own branch.
  private func name(_ named: Dot, by dot: Dot, _ cell: OwnCell) -> Dot? {
    guard named.change.log == dot.change.log else { return told[named] == nil ? nil : named }
    return unhashed[named.unhashed]?.last { told[$0]?.cell == cell.cell && isOwn($0, before: dot) }
  }

  private func isOwn(_ earlier: Dot, before dot: Dot) -> Bool {
    earlier.change.n < dot.change.n && logs.isAncestor(earlier.change, of: dot.change)
  }

  private func isValue(_ dot: Dot) -> Bool {
    if case .tallyIncrement? = told[dot]?.write.content { false } else { true }
  }

  /// - Parameter living: what is living there with the write.
  private func unseen(
    by write: CellWrite, among living: Set<Dot>, _ before: RecordState
  ) -> [RecordState.LivingWrite] {
    if case .tallyIncrement = write.content { return [] }
    // Who brings values back that another one brought back as well has seen them.
    let written = Set(write.content.values)
    return (before.cell(write.cell, write.content.sort)?.writes ?? []).filter { living.contains($0.dot) }
      .separatedOnce.filter { beside in
        if case .tallyIncrement = beside.content { return false }
        return !written.contains(beside.content)
      }
  }
}

extension WriteContent {
  /// What it stands for: of an undone resolution each candidate, else itself.
  fileprivate var values: [WriteContent] {
    if case .candidates(let list) = self { return list.map(\.content) }
    return [self]
  }
}
