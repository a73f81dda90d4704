internal import Campaign
internal import Dispatch
internal import Ledger

/// The index of a bulk load, built from what goes in: nothing is read back for it. The pairs are found on a
/// queue of its own, beside the load.
final class BulkIndexing {
  /// `@unchecked Sendable`: touched on `queue` alone, which does one thing after another.
  private final class Lists: @unchecked Sendable {
    var builder = SegmentBuilder()

    func add(_ entries: [IndexedRecord]) {
      for entry in entries {
        SearchGrams.forEach(entry.content, entry.kind) { builder.add($0, record: entry.key) }
      }
    }
  }

  /// Records that are handed over at once.
  private static let portion = 256

  private let queue = DispatchQueue(label: "search index of a bulk load")
  private let lists = Lists()
  /// Portions that may wait: the load never runs far ahead.
  private let room = DispatchSemaphore(value: 4)
  private var days: [(record: Int64, day: Int32)] = []
  private var pending: [IndexedRecord] = []
  private(set) var count = 0
  private(set) var last: Int64 = 0

  /// Takes in a record. They come in the order of their keys.
  func add(_ record: IndexedRecord) {
    pending.append(record)
    days.append(record.place)
    count += 1
    last = record.key
    if pending.count == BulkIndexing.portion { handOver() }
  }

  private func handOver() {
    guard !pending.isEmpty else { return }
    room.wait()
    queue.async { [lists, room, pending] in
      lists.add(pending)
      room.signal()
    }
    pending.removeAll(keepingCapacity: true)
  }

  /// The lists and the days of all that came in since the last time; then it is empty again.
  func take() -> (SegmentBuilder, [(record: Int64, day: Int32)]) {
    handOver()
    count = 0
    defer { days = [] }
    let builder = queue.sync {
      defer { lists.builder = SegmentBuilder() }
      return lists.builder
    }
    return (builder, days)
  }
}

extension Commit {
  /// Builds the search index from what goes in, for a bulk load: cheaper than to read it all back later. Where
  /// a long tail waits to be indexed it is left to `Store.indexTail`, and so is what goes in now.
  public func indexAsItGoes() throws {
    guard try snapshot.unindexedCount() < Store.indexThreshold else { return }
    let indexing = BulkIndexing()
    try snapshot.forEachNew { indexing.add($0) }
    self.indexing = indexing
  }

  /// Writes a segment where enough has come in for one.
  func indexOn() throws {
    if let indexing, indexing.count >= IndexSegment.recordLimit { try writeSegment(of: indexing) }
  }

  func finishIndexing() throws {
    guard let indexing else { return }
    // A handful of records stays in the tail: a segment of them would cost more than it saves.
    if indexing.count >= Store.indexThreshold { try writeSegment(of: indexing) }
    self.indexing = nil
  }
}
