internal import Campaign
internal import Dispatch
internal import Ledger

/// What a bulk load needs once it is in, made from what goes in: the search index, and what the search for duplicates
/// compares. Nothing is read back for it, and the work is done on a queue of its own, beside the load.
final class BulkIndexing {
  private struct Entry: Sendable {
    var record: Int64
    var kind: Kind
    var content: RecordContent
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
        SearchGrams.forEach(entry.content, entry.kind) { builder.add($0, record: entry.record) }
        if let (id, division) = entry.place {
          likenesses.add(entry.content, entry.kind, key: entry.record, id: id, division: division)
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
  private var pending: [Entry] = []
  private(set) var count = 0
  private(set) var last: Int64 = 0

  init(_ pack: Pack) { lists = Lists(pack) }

  /// Takes in a record. They come in the order of their keys.
  ///
  /// - Parameter place: nil for a record that was there before the load.
  func add(
    _ record: Int64, _ kind: Kind, _ content: RecordContent, _ place: (id: RecordID, division: DivisionCode)?
  ) {
    pending.append(Entry(record: record, kind: kind, content: content, place: place))
    count += 1
    last = record
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

  /// The lists of all that came in since the last time; then it is empty again.
  func take() -> SegmentBuilder {
    handOver()
    count = 0
    return queue.sync {
      defer { lists.builder = SegmentBuilder() }
      return lists.builder
    }
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
    try snapshot.forEachNew { indexing.add($0, $1, $2, nil) }
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
