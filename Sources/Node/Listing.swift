internal import Ledger
internal import Store

/// What a person says of a conflict by number is about what was listed: its values may be others by now.
extension LocalNode {
  /// Notes how conflicts are listed to a person: the numbers that are shown are the ones that count.
  ///
  /// - Throws: `StoreError`, where what was noted before stays: `busy` where another process writes, for nobody waits for a
  ///   listing; what hinders where nothing can be written.
  public func noteListed(_ conflicts: [OpenConflict]) throws {
    let listings = conflicts.filter { $0.reason == .concurrent || $0.reason == .deleted }.map { conflict in
      Listing(
        view: conflict.view, field: conflict.field, reason: conflict.reason, candidates: conflict.listed)
    }
    let new = try store.read { snapshot in
      try listings.filter {
        try snapshot.listed($0.view, field: $0.field, reason: $0.reason) != $0.candidates
      }
    }
    guard !new.isEmpty else { return }
    guard try store.writeIfFree({ try $0.note(new) }) != nil else { throw StoreError.busy }
  }

  /// The n-th candidate as the conflict was listed here last; as it is where it never was.
  ///
  /// - Throws: `noCandidate`; `conflictChanged` where that one stands there no more, or a value beside it that was not
  ///   listed: nobody saw it, and it is not settled over.
  func candidate(
    _ n: Int, of entries: [ShownCell.Entry], at field: String, _ view: RecordView, _ snapshot: Snapshot
  ) throws -> ShownCell.Entry {
    let now = entries.map { ListedCandidate($0.dot, time: $0.time) }
    let listed = try snapshot.listed(view, field: field, reason: .concurrent) ?? now
    guard listed.indices.contains(n - 1) else { throw NodeError.noCandidate(n: n, of: listed.count) }
    let seen = Set(zip(entries, now).filter { listed.contains($0.1) }.map(\.0.content))
    guard let place = now.firstIndex(of: listed[n - 1]),
      entries.allSatisfy({ seen.contains($0.content) })
    else { throw NodeError.conflictChanged(id: view.id, field: view.named(field)) }
    return entries[place]
  }

  /// - Throws: `conflictChanged` where somebody else has written to a record since its deletion was listed as disputed: to
  ///   delete it would end that unseen.
  func requireListed(_ view: RecordView, _ snapshot: Snapshot) throws {
    guard let listed = try snapshot.listed(view, field: "deleted", reason: .deleted) else { return }
    let seen = Set(listed)
    let unseen = view.basis(field: "deleted", reason: .deleted).contains { dot in
      dot.change.log.node != facts.node && !seen.contains(ListedCandidate(dot, time: 0))
    }
    if unseen { throw NodeError.conflictChanged(id: view.id, field: view.named("deleted")) }
  }

  /// For what is done to a whole record by a conflict of it that was listed: it would end what came since unseen.
  ///
  /// - Throws: `conflictChanged` where anything else is written in the record than was listed, or the conflict is open no
  ///   more.
  func requireUnchanged(_ conflict: OpenConflict, _ now: RecordView, _ snapshot: Snapshot) throws {
    let isOpen = try snapshot.conflicts(of: now).contains {
      $0.field == conflict.field && $0.reason == conflict.reason
    }
    guard isOpen, conflict.view.isAsWritten(in: now) else {
      throw NodeError.conflictChanged(id: now.id, field: now.named(conflict.field))
    }
  }
}

extension RecordView {
  /// Whether what lives in a record is the same as here: all its values, and what was said of whether it is deleted.
  func isAsWritten(in now: RecordView) -> Bool {
    func all(_ view: RecordView) -> Set<Dot> { view.basis(field: "deleted", reason: .deleted) }
    return all(self) == all(now)
  }
}

extension LocalNode.OpenConflict {
  /// Whether a record is still as it was listed, in what the conflict is about and in some cells besides.
  func shows(_ now: RecordView, cells: [UInt32]) -> Bool {
    func living(_ view: RecordView) -> [RecordState.Cell] {
      view.state.cells.filter { cells.contains($0.number) && $0.sort != .existence }
    }
    func dots(_ view: RecordView) -> Set<Dot> { Set(living(view).flatMap(\.writes).map(\.dot)) }
    return seen == now.basis(field: field, reason: reason) && dots(view) == dots(now)
  }

  /// What is seen of it; of a disputed deletion all that it is about, in any order.
  fileprivate var listed: [ListedCandidate] {
    guard reason == .deleted else { return candidates.map { ListedCandidate($0.dot, time: $0.time) } }
    return seen.sorted().map { ListedCandidate($0, time: 0) }
  }
}
