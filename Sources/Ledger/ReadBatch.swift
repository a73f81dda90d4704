/// A batch whose bodies have been decoded and hashed from the head that it says it starts from. That may be done ahead
/// of its turn: whether the head is held, and whether the log's node signed, `VerifiedBatch.check` tells.
public struct ReadBatch: Sendable {
  public let start: LogHead
  /// Up to the first body that cannot be read.
  let entries: [VerifiedBatch.Entry]
  /// What ended the reading, if not the last body.
  let fault: BatchFault?

  /// The head that the last change makes: where the log's next batch will say that it starts.
  public var end: LogHead {
    entries.last?.head ?? start
  }

  /// - Parameter start: the head at `batch.startN`; its time resolves the time differences.
  public init(_ batch: Batch, from start: LogHead) {
    self.start = start
    guard batch.startN == start.n, batch.startHash == start.hash, batch.log == start.log else {
      entries = []
      fault = .doesNotFollow
      return
    }
    var signatures = batch.signatures[...]
    var head = start
    var entries: [VerifiedBatch.Entry] = []
    entries.reserveCapacity(batch.bodies.count)
    var unsignedBytes = 0
    var fault: BatchFault?
    for bytes in batch.bodies {
      let n = head.n + 1
      let signature = signatures.first.flatMap { $0.n == n ? $0.signature : nil }
      let entry: VerifiedBatch.Entry
      do throws(ChangeBody.Fault) {
        entry = try VerifiedBatch.Entry(body: bytes, after: head, signature: signature)
      } catch {
        fault = .badBody(n: n, error)
        break
      }
      unsignedBytes += entry.limitByteCount
      // It does not help that the change which goes beyond the span is signed.
      if unsignedBytes > VerifiedBatch.signatureSpan + ChangeBody.maxByteCount {
        fault = .unsigned(n: n)
        break
      }
      head = LogHead(log: head.log, n: n, hash: entry.change.hash, time: entry.change.time)
      entries.append(entry)
      if signature != nil {
        signatures.removeFirst()
        unsignedBytes = 0
      }
    }
    self.entries = entries
    self.fault = fault
  }
}
