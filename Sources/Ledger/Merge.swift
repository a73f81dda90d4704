/// What merging must know of logs: which changes are held, and which lie before which.
public protocol LogKnowledge {
  /// Whether exactly this change (not another branch's of the same number) is held.
  func holds(_ change: ChangeRef) -> Bool
  /// Whether `earlier` lies on the way from its log's beginning to `later`. Both are of one log and are
  /// held, or are being applied; `earlier.n < later.n`.
  func isAncestor(_ earlier: ChangeRef, of later: ChangeRef) -> Bool
}

/// Merging: the one place where a write dies.
///
/// A write is dead once an applied write reaches it: by naming it, or, within one branch of one log, by
/// coming later in the same register, group or tally base. No clock is asked. Changes of one log are applied
/// in their order; beyond that any order gives the same state.
extension RecordState {
  /// Applies what one mutation of a change does to this record. `noteApplied` ends the change: until then its later
  /// mutations may write here as well, and what others have named of them is still missing.
  ///
  /// - Parameters:
  ///   - mutation: as decoded from the change.
  ///   - firstK: the number of the mutation's first dot in its change.
  ///   - change: the change it belongs to; not applied to this record before.
  ///   - time: the change's time in milliseconds since 1970.
  ///   - knowledge: the logs as they were before this change, or with it: both give the same.
  public mutating func apply(
    _ mutation: Mutation, firstK: UInt32, of change: ChangeRef, time: Int64, knowledge: some LogKnowledge
  ) {
    var k = firstK
    if let creation = mutation.creation {
      let write = CreationWrite(dot: Dot(change: change, k: k), time: time, creation: creation)
      creations.insert(write, at: creations.lowerBound(of: write.dot) { $0.dot })
      k += 1
    }
    makeRoom(for: mutation.writes)
    for write in mutation.writes {
      let first = Dot(change: change, k: k)
      k += UInt32(write.content.dotCount)
      apply(write, first: first, time: time, knowledge: knowledge)
    }
    forgetMissing { $0.change == change && $0.k < k }
  }

  /// Forgets that `change` was awaited. Called for every record that awaits it, touched by it or not, so
  /// that a reference to a write that does not exist there cannot keep a cell incomplete for ever.
  public mutating func noteApplied(_ change: ChangeRef) {
    forgetMissing { $0.change == change }
  }

  private mutating func forgetMissing(where hasCome: (Dot) -> Bool) {
    for i in cells.indices where !cells[i].missing.isEmpty {
      cells[i].missing.removeAll(where: hasCome)
      for j in cells[i].writes.indices where !cells[i].writes[j].awaits.isEmpty {
        cells[i].writes[j].awaits.removeAll(where: hasCome)
      }
    }
    pruneCoverage()
    cells.removeAll { $0.writes.isEmpty && $0.missing.isEmpty }
  }

  private mutating func apply(
    _ write: CellWrite, first: Dot, time: Int64, knowledge: some LogKnowledge
  ) {
    let index = lowerBound(write.cell, write.content.sort)
    let names = NamedDots(write.supersedes, by: first.change)
    let awaited = names.notHeld(knowledge)
    cells[index].kill(write.content, names, by: first.change, knowledge: knowledge)
    if !awaited.isEmpty { cells[index].missing.merge(awaited) { $0 } }
    var come: [LivingWrite] = []
    for (offset, content) in write.content.separated.enumerated() {
      let dot = Dot(change: first.change, k: first.k + UInt32(offset))
      // Somebody who saw this write has already replaced it.
      if cells[index].missing.hold(dot) { continue }
      var living = LivingWrite(dot: dot, time: time, content: content)
      switch content {
      // What an element waits for decides nothing, and each of many would keep a list as long.
      case .elements: break
      case .deletion:
        living.heir = write.heir
        living.awaits = awaited
        living.covers = (livingDots.filter { names.contains($0, knowledge) } + awaited).sorted()
      default: living.awaits = awaited
      }
      come.append(living)
    }
    // The dots of one change are neighbours.
    let place = cells[index].writes.lowerBound(of: first) { $0.dot }
    cells[index].writes.insert(contentsOf: come, at: place)
  }

  /// Makes the cells that are not there yet, all at once: one by one, those that come in descending order would
  /// move all others each time.
  private mutating func makeRoom(for writes: [CellWrite]) {
    var new: [Cell] = []
    for write in writes {
      let cell = Cell(number: write.cell, sort: write.content.sort)
      let index = lowerBound(cell.number, cell.sort)
      if index == cells.count || cells[index].place != cell.place { new.append(cell) }
    }
    guard !new.isEmpty else { return }
    if new.count > 1 { new.sort { $0.place < $1.place } }
    cells.merge(new) { $0.place }
  }

  /// Drops from every deletion's coverage what is dead by now.
  private mutating func pruneCoverage() {
    let index = lowerBound(CellWrite.existenceCell, .existence)
    guard index < cells.count, cells[index].sort == .existence,
      cells[index].writes.contains(where: { !$0.covers.isEmpty })
    else { return }
    let living = Set(livingDots)
    for j in cells[index].writes.indices {
      let awaits = cells[index].writes[j].awaits
      cells[index].writes[j].covers.removeAll { !living.contains($0) && !awaits.hold($0) }
    }
  }
}

extension RecordState.Cell {
  /// Takes out every living write that a write of `content` reaches.
  fileprivate mutating func kill(
    _ content: WriteContent, _ names: NamedDots, by change: ChangeRef, knowledge: some LogKnowledge
  ) {
    writes.removeAll { living in
      if names.contains(living.dot, knowledge) { return true }
      guard content.succeedsOwn(living.content) else { return false }
      return living.dot.change.log == change.log && living.dot.change.n < change.n
        && knowledge.isAncestor(living.dot.change, of: change)
    }
  }
}

/// The predecessors that a change names. A dot of the author's own log carries no hash: it means the write
/// on the change's own branch.
private struct NamedDots {
  /// Ascending.
  private let dots: [Dot]
  private let author: ChangeRef

  /// - Parameter dots: ascending as they were decoded; an author's own may come in any order.
  init(_ dots: [Dot], by author: ChangeRef) {
    self.dots = zip(dots, dots.dropFirst()).allSatisfy { $0 < $1 } ? dots : dots.sorted()
    self.author = author
  }

  func contains(_ dot: Dot, _ knowledge: some LogKnowledge) -> Bool {
    guard !dots.isEmpty else { return false }
    guard dot.change.log == author.log else { return dots.hold(dot) }
    let named = Dot(change: ChangeRef(log: author.log, n: dot.change.n, hashPrefix: 0), k: dot.k)
    return dot.change.n < author.n && dots.hold(named) && knowledge.isAncestor(dot.change, of: author)
  }

  /// Those whose change has not come, ascending.
  func notHeld(_ knowledge: some LogKnowledge) -> [Dot] {
    var last: (change: ChangeRef, isHeld: Bool)?
    return dots.filter { dot in
      guard dot.change.log != author.log else { return false }
      if let last, last.change == dot.change { return !last.isHeld }
      let isHeld = knowledge.holds(dot.change)
      last = (dot.change, isHeld)
      return !isHeld
    }
  }
}

extension WriteContent {
  /// Whether a later write of one branch replaces an earlier one of the same cell without naming it.
  /// Elements live until they are named; a base does not swallow increments that nobody counted into it.
  fileprivate func succeedsOwn(_ earlier: WriteContent) -> Bool {
    switch (self, earlier) {
    case (.elements, _), (.tallyIncrement, _): false
    case (_, .tallyIncrement): false
    default: true
    }
  }

  /// One content a dot.
  fileprivate var separated: [WriteContent] {
    if case .elements(let values) = self { return values.map { .elements([$0]) } }
    return [self]
  }
}
