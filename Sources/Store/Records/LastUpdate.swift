internal import Ledger

extension Snapshot {
  /// The change that a record was last written by: of those of which something lives, the one that `history` tells last,
  /// and what made the record only where nothing else lives. So an edit comes after what its author had seen, whatever the
  /// clocks say; and of changes that did not name each other the one with the later time.
  ///
  /// - Returns: nil while the change that made the record has not arrived.
  public func updated(_ view: RecordView) throws -> RecordView.Stamp? {
    let logs = LogRegistry(db)
    let last = try view.lastOfEachBranch(logs)
    // What lives names nothing that is dead: only the changes tell who had seen whom.
    guard last.count > 1 else { return last.values.first ?? view.created }
    guard let key = view.row, let row = try RecordRow.find(db, key: key) else { return view.created }
    // What made it comes before all others, and may be an import of a thousand.
    let deeds = try Replay(db, logs, decoded).deeds(of: row, but: view.created?.dot.change)
    for index in StoryOrder(deeds, logs, hasMaker: false).told.reversed() {
      if let stamp = last[deeds[index].change] { return stamp }
    }
    return view.created
  }
}

extension RecordView {
  /// The last of the changes that living writes are of, but for the one that made the record: of each log the one that
  /// the others lie before, or of one that has parted one for each branch that goes on here.
  fileprivate func lastOfEachBranch(_ logs: LogRegistry) throws -> [ChangeRef: Stamp] {
    var all: [LogID: [ChangeRef: Stamp]] = [:]
    for cell in state.cells {
      for write in cell.writes where write.dot.change != created?.dot.change {
        let change = write.dot.change
        if let known = all[change.log]?[change], known.dot >= write.dot { continue }
        all[change.log, default: [:]][change] = Stamp(dot: write.dot, time: write.time)
      }
    }
    var last: [ChangeRef: Stamp] = [:]
    for (log, stamps) in all {
      let descending = stamps.keys.sorted { $1 < $0 }
      let isWhole = try descending.count == 1 || logs.branches(of: log).count == 1
      var ends: [ChangeRef] = []
      for change in isWhole ? [descending[0]] : descending {
        if ends.contains(where: { change.n < $0.n && logs.isAncestor(change, of: $0) }) { continue }
        ends.append(change)
        last[change] = stamps[change]
      }
    }
    return last
  }
}
