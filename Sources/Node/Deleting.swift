internal import Campaign
internal import Ledger
internal import Store

/// Deletions of records that have more in them than one change can name.
extension LocalNode {
  /// A deletion of all that lives in a record. Where that is more than one change can name, what can be taken off goes first,
  /// by changes of its own in the same transaction.
  ///
  /// - Parameter heir: what is made in its place; nil: the one that was made already, if any.
  /// - Throws: `tooManyWrites` where too much stays that cannot be taken off.
  func deletion(
    of view: RecordView, heir: RecordPlace? = nil, operatorName: String, in commit: Commit
  ) throws -> CellWrite {
    let log = try ownLog(view.space, commit.snapshot)
    var writer = EditWriter(state: view.state, log: log)
    let lightening = writer.lightening()
    guard lightening.suffices else {
      throw NodeError.tooManyWrites(id: view.id, count: lightening.left)
    }
    for write in lightening.writes {
      try append(
        to: view.space, operatorName: operatorName,
        mutations: [Mutation(target: .id(view.id), writes: [write])], in: commit)
    }
    if !lightening.writes.isEmpty, let now = try commit.snapshot.record(view.id, in: view.space) {
      writer = EditWriter(state: now.state, log: log)
    }
    return heir.map { writer.deletion(heir: $0) } ?? writer.deletion
  }

  /// Whether a record can be deleted, and so be made anew elsewhere: whether `deletion` finds a way.
  static func isDeletable(_ view: RecordView, by log: LogID) -> Bool {
    EditWriter(state: view.state, log: log).lightening().suffices
  }
}
