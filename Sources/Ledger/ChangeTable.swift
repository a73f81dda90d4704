/// The changes that a record state refers to, each once and ascending, with its time where it is held.
///
/// A record mostly refers to one change, or to a handful, again and again: so the last one that was asked for
/// is looked at first, and nothing is hashed.
struct ChangeTable {
  private struct Entry {
    var change: ChangeRef
    var time: Int64?
  }

  private var entries: [Entry] = []

  mutating func note(_ change: ChangeRef, time: Int64?) {
    if let last = entries.last, last.change == change, time == nil || last.time != nil { return }
    entries.append(Entry(change: change, time: time))
  }

  /// Call it once all are noted, before anything is asked.
  mutating func sort() {
    guard entries.count > 1 else { return }
    entries.sort { a, b in
      a.change != b.change ? a.change < b.change : a.time != nil && b.time == nil
    }
    var kept = 0
    for index in 1..<entries.count where entries[index].change != entries[kept].change {
      kept += 1
      entries[kept] = entries[index]
    }
    entries.removeLast(entries.count - kept - 1)
  }

  func index(of change: ChangeRef) -> UInt64 {
    if entries[0].change == change { return 0 }
    var low = 1
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].change < change { low = middle + 1 } else { high = middle }
    }
    precondition(low < entries.count && entries[low].change == change, "\(change) was not noted")
    return UInt64(low)
  }

  /// The logs, then the changes by their log's index.
  func write(to out: inout ByteWriter) {
    var logs: [LogID] = []
    for entry in entries where logs.last != entry.change.log { logs.append(entry.change.log) }
    out.write(varint: UInt64(logs.count))
    for log in logs {
      out.write(log.node.hash)
      out.write(bigEndian: log.epoch)
    }
    out.write(varint: UInt64(entries.count))
    var log = 0
    for entry in entries {
      while logs[log] != entry.change.log { log += 1 }
      out.write(varint: UInt64(log))
      out.write(varint: entry.change.n)
      out.write(bigEndian: entry.change.hashPrefix)
      out.write(varint: entry.time == nil ? 0 : 1)
      if let time = entry.time { out.write(varint: zigZag(time)) }
    }
  }
}
