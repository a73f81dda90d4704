internal import Ledger
internal import Store
internal import Trust

/// What was copied of a redacted text, by who had not heard of it, into a change that does not count: no record shows it, so
/// nobody redacts it.
extension LocalNode {
  /// Erases such copies as far as this office may: all of them, by redactions that everybody hears of, or those of its own logs
  /// that nobody else may have.
  func eraseUncountedCopies() throws {
    guard let own = identity.chain.first?.office else { return }
    if own.rights.contains(.redact) {
      guard try store.read({ try !copies(in: $0, own.scope).isEmpty }) else { return }
      try store.write { commit in _ = try redactCopies(operatorName: "", in: commit) }
    } else {
      guard try store.read({ try !ownCopies(in: $0, own.scope).isEmpty }) else { return }
      try store.write { commit in
        for (redaction, cause) in try ownCopies(in: commit.snapshot, own.scope) {
          try commit.erase(redaction, of: cause)
        }
      }
    }
  }

  /// Says in this office's notices that the copies which do not count here are erased, each for the reason for which what was
  /// copied was. What was set aside for want of a value that its author had erased before is taken in by it.
  ///
  /// - Returns: how many texts were erased.
  @discardableResult
  func redactCopies(operatorName: String, in commit: Commit) throws -> Int {
    guard let own = identity.chain.first?.office, own.rights.contains(.redact) else { return 0 }
    let found = try copies(in: commit.snapshot, own.scope)
    guard !found.isEmpty else { return 0 }
    for redaction in found {
      try redact(
        redaction.erased, of: RecordPlace(space: redaction.space, record: redaction.record),
        cell: redaction.cell, member: redaction.member, reason: redaction.reason, operatorName: operatorName,
        waiting: true, in: commit)
    }
    try takeUpWhatCounts(in: commit)
    for redaction in found { try commit.dropSetAside(namedBy: redaction) }
    return found.reduce(0) { $0 + $1.erased.reduce(0) { $0 + $1.leaves.count } }
  }

  /// The copies in what was taken out here or set aside.
  private func copies(in snapshot: Snapshot, _ scope: Scope) throws -> [Redaction] {
    let uncounted = UncountedCopies.Uncounted(
      isMeant: { _, isWithdrawn in isWithdrawn },
      setAside: { try snapshot.refusedStretches(in: $0).flatMap(\.changes) })
    var copies = UncountedCopies(snapshot, uncounted)
    return try copies.find().map(\.redaction).filter { scope.covers($0.space.division) }
  }

  /// The copies that this node made in logs which it may write no more, and which nobody else has for good: nobody may ever
  /// name these.
  private func ownCopies(in snapshot: Snapshot, _ scope: Scope) throws -> [(
    redaction: Redaction, cause: Int64
  )] {
    let outside = try snapshot.spacesWritten(by: facts.node).filter { !scope.mayWrite($0) }
    guard !outside.isEmpty, try snapshot.isAnythingRedacted() else { return [] }
    let standing = try Standing(snapshot, root: identity.authority)
    let node = facts.node
    let alone = try Set(outside.filter { try !standing.isShared($0, with: node) })
    let uncounted = UncountedCopies.Uncounted(
      spaces: Set(outside),
      isMeant: { change, _ in
        guard change.log.node == node, !scope.mayWrite(change.log.space) else { return false }
        return try alone.contains(change.log.space)
          || standing.honoured[node]?.covers(change.log.space.division) == true
            && !standing.counts(change)
      })
    var copies = UncountedCopies(snapshot, uncounted)
    return try copies.find()
  }
}

extension RefusedStretch {
  /// Its changes, by their names, as far as they can be read.
  fileprivate var changes: [SetAsideChange] {
    batches.flatMap { batch in
      zip(batch.hashes, batch.bodies).enumerated().map { index, change in
        let n = batch.startN + UInt64(index) + 1
        return SetAsideChange(
          ref: ChangeRef(log: batch.log, n: n, hashPrefix: change.0.prefix), body: change.1)
      }
    }
  }
}
