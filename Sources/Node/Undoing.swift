internal import Campaign
public import Ledger
internal import Store

/// Resolutions taken back: what they settled stands beside each other again.
extension LocalNode {
  /// Takes a resolution of a field or group back. Where several were made apart and stand beside each other, that is this
  /// node's own; what another decided otherwise stays beside what it opens again.
  ///
  /// - Throws: `noResolution`; `severalResolutions` where others decided differently and nobody here: none of them is
  ///   taken back for all.
  public func undo(_ prefix: String, field: String, operatorName: String) throws -> Recorded {
    try undo({ try $0.record(prefix: prefix) }, field: field, operatorName: operatorName) {
      try self.resolution($0, $1, field)
    }
  }

  /// Takes back what one change settled of a conflict that was listed.
  ///
  /// - Throws: `noResolution` where that does not stand any more: what came since rests on it.
  public func undo(_ conflict: OpenConflict, settledBy change: ChangeRef, operatorName: String) throws
    -> Recorded
  {
    try undo(finding(conflict), field: conflict.field, operatorName: operatorName) { standing, _ in
      standing.last { $0.dot.change == change }
    }
  }

  /// Which of the resolutions that stand is meant where none is named.
  private func resolution(_ standing: [HistoryWrite], _ view: RecordView, _ field: String) throws
    -> HistoryWrite?
  {
    if let own = standing.last(where: { $0.dot.change.log.node == facts.node }) { return own }
    guard Set(standing.map(\.write.content)).count <= 1 else {
      throw NodeError.severalResolutions(id: view.id, field: view.named(field))
    }
    return standing.last
  }

  private func undo(
    _ find: (Snapshot) throws -> RecordView, field: String, operatorName: String,
    _ choose: ([HistoryWrite], RecordView) throws -> HistoryWrite?
  ) throws -> Recorded {
    try change(find, operatorName: operatorName) { view, kind, snapshot, writer in
      if !LocalNode.isDeletion(field, kind) { try LocalNode.requireKnown(field, kind) }
      guard view.existence != .deleted else { throw try deleted(view, snapshot) }
      guard let cell = kind.cell(named: field) else {
        throw NodeError.noResolution(id: view.id, field: view.named(field))
      }
      let history = try snapshot.history(of: view)
      // Only what still stands can be taken back: a later edit rests on it.
      let living = Set(view.state.cells.filter { $0.number == cell }.flatMap(\.writes).map(\.dot))
      var standing: [HistoryWrite] = []
      for entry in history {
        standing += entry.writes.filter { $0.write.cell == cell && living.contains($0.dot) && $0.settles }
      }
      guard let meant = try choose(standing, view) else {
        throw NodeError.noResolution(id: view.id, field: view.named(field))
      }
      // Who decided the same apart from that one decided it as well.
      let alike = standing.filter { $0.write.content == meant.write.content }
      let former = alike.flatMap(\.replaced).map {
        Candidate(dot: history.withHash($0.dot), time: $0.time, content: $0.content)
      }
      let sort = meant.write.content.sort
      return ([writer.undoing(alike.map(\.dot), cell: cell, sort: sort, former: former)], [])
    }
  }
}
