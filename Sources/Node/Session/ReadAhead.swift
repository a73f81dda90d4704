internal import Ledger
internal import Store
internal import Synchronization
internal import Wire

/// Decodes and hashes what has come while what came before is being made durable. It believes nothing: a batch is
/// checked in its turn, and read again there where it was read from a head that proves not to be held.
final class ReadAhead: Sendable {
  private let store: Store
  /// Where the batches end that were read and may not be durable yet.
  private let ends = Mutex<[LogID: LogHead]>([:])

  init(_ store: Store) { self.store = store }

  /// For each batch what was read of it; nil where the head that it starts from is not known yet.
  func read(_ frame: ChangesFrame) -> [ReadBatch?] {
    frame.batches.map { batch in
      guard let start = start(of: batch) else { return nil }
      let read = ReadBatch(batch, from: start)
      note(read.end)
      return read
    }
  }

  private func start(of batch: Batch) -> LogHead? {
    let last = ends.withLock { $0[batch.log] }
    if let last, last.n == batch.startN, last.hash == batch.startHash { return last }
    return try? store.read { try $0.head(of: batch.log, at: batch.startN, batch.startHash) }
  }

  private func note(_ end: LogHead) {
    ends.withLock { ends in
      if ends.count > Limits.logsPerSession { ends.removeAll() }
      ends[end.log] = end
    }
  }
}
