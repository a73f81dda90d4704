internal import Ledger

extension Snapshot {
  /// The change that a record was last written by: of those of which something lives, the one that `history` tells last,
  /// and what made the record only where nothing else lives. So an edit comes after what its author had seen, whatever the
  /// clocks say; and of changes that did not name each other the one with the later time.
  ///
  /// - Returns: nil while the change that made the record has not arrived.
  public func updated(_ view: RecordView) throws -> RecordView.Stamp? {
    let last = view.lastOfEachLog
    // What lives names nothing that is dead: only the changes tell who had seen whom.
    guard last.count > 1 else { return last.values.first ?? view.created }
    guard let key = view.row, let row = try RecordRow.find(db, key: key) else { return view.created }
    let logs = LogRegistry(db)
    // What made it comes before all others, and may be an import of a thousand.
    let deeds = try Replay(db, logs, decoded).deeds(of: row, but: view.created?.dot.change)
    for index in StoryOrder(deeds, logs).told.reversed() {
      let change = deeds[index].change
      if let stamp = last[change.log], stamp.dot.change == change { return stamp }
    }
    return view.created
  }
}

extension RecordView {
  /// The highest of each log's living writes, but for those of the change that made the record.
  fileprivate var lastOfEachLog: [LogID: Stamp] {
    var last: [LogID: Stamp] = [:]
    for cell in state.cells {
      for write in cell.writes where write.dot.change != created?.dot.change {
        let log = write.dot.change.log
        if let known = last[log], known.dot >= write.dot { continue }
        last[log] = Stamp(dot: write.dot, time: write.time)
      }
    }
    return last
  }
}
