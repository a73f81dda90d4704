public import Campaign
public import Ledger
public import Store
internal import Trust

/// The same activity entered twice: what is suspected, and what a person says of it.
extension LocalNode {
  /// What a person says of two records.
  public enum PairDecision: Sendable {
    /// They are one activity: both stay, and one of them counts.
    case link
    /// They are no longer linked; they may be suspected again.
    case unlink
    /// They are two activities, however alike they look.
    case dismiss
  }

  /// Two records, and how much they have in common.
  public struct Paired: Sendable {
    public var a: RecordView
    public var b: RecordView
    public var resemblance: Resemblance?
  }

  /// Says of two records what they are: a change in the log of each that this office may write to, at once.
  ///
  /// One side is enough: a link counts wherever it stands, so that who holds only one of the records can say it.
  /// - Throws: `outsideScope` where nothing can be written, or what is to be taken back stands in a record that
  ///   this office may not write to; `heldHereAlone`.
  public func pair(_ a: String, _ b: String, _ decision: PairDecision, operatorName: String) throws -> Paired
  {
    try pair({ (try $0.record(prefix: a), try $0.record(prefix: b)) }, decision, operatorName: operatorName)
  }

  /// Links the record of a conflict that was listed with one of those that it is about as well: by its space too, and where
  /// several are called so with the one beside it.
  ///
  /// - Throws: `conflictChanged` where the conflict is open no more, or anything came to one of the two since: who linked them
  ///   did not see it.
  public func link(_ conflict: OpenConflict, with other: RecordID, operatorName: String) throws -> Paired {
    try pair(
      { snapshot in
        let view = try self.finding(conflict)(snapshot)
        let found = try snapshot.record(other, in: view.space) ?? snapshot.records(other).first
        guard let found else { throw StoreError.noRecord(prefix: other.description) }
        try self.requireUnchanged(conflict, view, snapshot)
        let isAsListed = conflict.otherViews.first { $0.id == other }?.isAsWritten(in: found)
        guard isAsListed != false else {
          throw NodeError.conflictChanged(id: found.id, field: found.named(conflict.field))
        }
        return (view, found)
      }, .link, operatorName: operatorName)
  }

  private func pair(
    _ find: (Snapshot) throws -> (RecordView, RecordView), _ decision: PairDecision, operatorName: String
  ) throws -> Paired {
    try store.write { commit in
      let views = try find(commit.snapshot)
      try require(views.0, views.1, decision, commit.snapshot)
      var isWritten = false
      for (view, other) in [(views.0, views.1), (views.1, views.0)] {
        isWritten =
          try write(decision, view, other, in: commit) { mutation in
            try append(
              to: view.space, operatorName: operatorName, mutations: [mutation], in: commit)
          } || isWritten
      }
      guard isWritten else {
        throw NodeError.outsideScope(division: views.0.space.division, own: facts.division)
      }
      if decision != .link {
        let others = try commit.snapshot.linked(with: views.0.id)
        if others.contains(views.1.id) {
          throw NodeError.linkedThrough(others.filter { $0 != views.0.id && $0 != views.1.id }.sorted())
        }
      }
      return Paired(
        a: views.0, b: views.1, resemblance: try commit.snapshot.resemblance(views.0, views.1))
    }
  }

  private func require(_ a: RecordView, _ b: RecordView, _ decision: PairDecision, _ snapshot: Snapshot)
    throws
  {
    guard a.id != b.id else { throw NodeError.sameRecord(id: a.id) }
    guard decision == .link else { return }
    guard a.kindName == b.kindName else {
      throw NodeError.differentKinds(a.kindName?.code ?? "?", b.kindName?.code ?? "?")
    }
    for view in [a, b] where view.existence == .deleted { throw try deleted(view, snapshot) }
    // The elder of the two counts, and this one would count nowhere else.
    if let view = try recordsHeldHereAlone(snapshot).first(where: { [a.id, b.id].contains($0.id) }) {
      throw NodeError.heldHereAlone(id: view.id)
    }
  }

  /// Hands the mutation of one side to `append`, where there is something to write.
  /// - Returns: whether this office may write to the record.
  private func write(
    _ decision: PairDecision, _ view: RecordView, _ other: RecordView, in commit: Commit,
    _ append: (Mutation) throws -> Void
  ) throws -> Bool {
    let (added, removed): (PairCell?, [PairCell]) =
      switch decision {
      case .link: (.links, [.dismissals])
      case .unlink: (nil, [.links])
      case .dismiss: (.dismissals, [.links])
      }
    let named = Value.record(other.id)
    let edits =
      (added.map { [CellEdit.setChange(cell: $0.rawValue, add: [named], remove: [])] } ?? [])
      + removed.map { .setChange(cell: $0.rawValue, add: [], remove: [named]) }
    let mayWrite = scope(try commit.pack()).covers(view.space.division)
    if !mayWrite {
      guard !removed.contains(where: { view.state.others($0).contains(other.id) }) else {
        throw NodeError.outsideScope(division: view.space.division, own: facts.division)
      }
      return false
    }
    let writer = EditWriter(state: view.state, log: try ownLog(view.space, commit.snapshot))
    let writes = edits.compactMap { writer.write($0, rule: .latest, rank: { _ in 0 }) }
    if !writes.isEmpty {
      try append(Mutation(target: .id(view.id), writes: writes.sorted { $0.cell < $1.cell }))
    }
    return true
  }
}
