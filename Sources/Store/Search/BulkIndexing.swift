internal import Campaign
internal import Dispatch
internal import Ledger

/// What a bulk load needs once it is in, made from what goes in: the search index, and what the search for duplicates
/// compares. Nothing is read back for it, and the work is done on a queue of its own, beside the load.
final class BulkIndexing {
  private struct Entry: Sendable {
    var record: IndexedRecord
    /// What the search for duplicates needs to know of a record that the load brings.
    var place: (id: RecordID, division: DivisionCode)?
  }

  /// `@unchecked Sendable`: touched on `queue` alone, which does one thing after another.
  private final class Lists: @unchecked Sendable {
    var builder = SegmentBuilder()
    var likenesses: LoadedLikenesses

    init(_ pack: Pack) { likenesses = LoadedLikenesses(pack) }

    func add(_ entries: [Entry]) {
      for entry in entries {
        let record = entry.record
        SearchGrams.forEach(record.content, record.kind) { builder.add($0, record: record.key) }
        if let (id, division) = entry.place {
          likenesses.add(record.content, record.kind, key: record.key, id: id, division: division)
        }
      }
    }
  }

  /// Records that are handed over at once.
  private static let portion = 256

  private let queue = DispatchQueue(label: "search index of a bulk load")
  private let lists: Lists
  /// Portions that may wait: the load never runs far ahead.
  private let room = DispatchSemaphore(value: 4)
  private var days: [(record: Int64, day: Int32)] = []
  private var pending: [Entry] = []
  private(set) var count = 0
  private(set) var last: Int64 = 0

  init(_ pack: Pack) { lists = Lists(pack) }

  /// Takes in a record. They come in the order of their keys.
  ///
  /// - Parameter place: nil for a record that was there before the load.
  func add(_ record: IndexedRecord, _ place: (id: RecordID, division: DivisionCode)? = nil) {
    pending.append(Entry(record: record, place: place))
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

  /// What is compared of all that the load brought.
  func likenesses() -> LoadedLikenesses {
    handOver()
    return queue.sync { lists.likenesses }
  }
}

extension Commit {
  /// Builds the search index from what goes in, for a bulk load: cheaper than to read it all back later. Where
  /// a long tail waits to be indexed it is left to `Store.indexTail`, and so is what goes in now.
  public func indexAsItGoes() throws {
    guard try snapshot.unindexedCount() < Store.indexThreshold else { return }
    let indexing = BulkIndexing(try pack())
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
