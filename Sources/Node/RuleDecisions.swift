internal import Campaign
internal import Ledger
internal import Store
internal import Trust

/// Conflicts that a merge settles by a rule.
extension LocalNode {
  /// Settles every open conflict whose field leaves that to a rule, and that the rule can tell; `person` fields and those
  /// with something beside an erased value wait for a person, and what this office only reads waits for those who may
  /// write there.
  func settleAll(
    _ decide: MergeDecision, operatorName: String, until stop: StopSignal, into report: inout MergeReport
  ) throws {
    let own = scope(try store.read { try $0.pack() })
    for conflict in try conflicts(RecordFilter(), where: { $0 == .concurrent }) {
      guard own.covers(conflict.view.space.division), let kind = conflict.view.kind,
        let cell = kind.cell(named: conflict.field),
        kind.mergeRule(ofCell: cell) != .person,
        // By no rule: what was erased must not come back by being the latest, nor be settled over and stay in the log.
        try !holdsReappeared(cell, kind, conflict.view),
        let best = try best(of: conflict, cell, decide)
      else { continue }
      // Who has just taken a decision back does not want the same one made again.
      guard try !isReopened(cell, of: conflict.view) else {
        report.reopened.append(conflict)
        continue
      }
      guard !stop.hasFired else {
        report.isCutOffDeciding = true
        return
      }
      do {
        _ = try resolve(conflict, .take(best + 1), operatorName: operatorName, by: decide.rule)
      } catch NodeError.conflictChanged, NodeError.noConflict, NodeError.recordDeleted {
        // A peer was faster: what there is now is for the next merge.
        continue
      }
      report.decided.append(DecidedConflict(conflict: conflict, rule: decide, taken: best))
    }
  }

  /// Whether a cell holds something that was redacted: beside the erased value, or as a copy.
  private func holdsReappeared(_ cell: UInt32, _ kind: Kind, _ view: RecordView) throws -> Bool {
    let fields = try store.read { try $0.reappeared(in: view) }
    return fields.contains { kind.cell(named: $0) == cell }
  }

  /// Whether a person has taken a decision on a cell back. Candidates live also in a record that was moved, where its values
  /// stood beside each other.
  private func isReopened(_ cell: UInt32, of view: RecordView) throws -> Bool {
    let living = view.state.cells.filter { $0.number == cell }.flatMap(\.writes)
    let candidates = Set(living.filter { $0.content.isCandidates }.map(\.dot))
    guard !candidates.isEmpty else { return false }
    return try store.read { snapshot in
      try snapshot.history(of: view).contains { entry in
        entry.writes.contains { candidates.contains($0.dot) && $0.reopens }
      }
    }
  }

  /// - Returns: nil where the rule says nothing: of offices of one rank none is the higher.
  private func best(of conflict: OpenConflict, _ cell: UInt32, _ decide: MergeDecision) throws -> Int? {
    let candidates = conflict.candidates
    func latest(_ among: [Int]) -> Int? { among.max { candidates[$0].time < candidates[$1].time } }
    guard decide == .authority else { return latest(Array(candidates.indices)) }
    let rank = try store.read { try ranks(of: candidates, cell, conflict.view, $0) }
    let highest = candidates.indices.filter { rank[$0] == rank.min() }
    guard Set(highest.map { candidates[$0].content }).count == 1 else { return nil }
    return latest(highest)
  }

  /// How high the office ranks that wrote each candidate. Who moved a record says who wrote what: where the record that it
  /// comes from does not say so too, or it did not stand there any more, a value ranks no higher than any that carried it.
  private func ranks(
    of candidates: [ShownCell.Entry], _ cell: UInt32, _ view: RecordView, _ snapshot: Snapshot
  ) throws -> [UInt8] {
    let known = Dictionary(uniqueKeysWithValues: try snapshot.offices().map { ($0.node, $0.rank) })
    var claimants: [Dot: UInt8] = [:]
    for write in view.state.cells.filter({ $0.number == cell }).flatMap(\.writes) {
      guard case .candidates(let list) = write.content else { continue }
      let rank = known[write.dot.change.log.node] ?? .max
      for candidate in list { claimants[candidate.dot] = max(claimants[candidate.dot] ?? 0, rank) }
    }
    let carried = try snapshot.writesCarried(Set(claimants.keys), in: view)
    return candidates.map { candidate in
      let own = known[candidate.author] ?? .max
      guard let claimant = claimants[candidate.dot] else { return own }
      let word = carried[candidate.dot]
      if let origin = word?.origin, origin.stood, origin.cell == cell, origin.content == candidate.content {
        return own
      }
      return (word?.carriers ?? []).reduce(max(own, claimant)) { max($0, known[$1] ?? .max) }
    }
  }
}
