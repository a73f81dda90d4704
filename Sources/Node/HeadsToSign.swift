internal import Ledger
internal import Wire

/// Heads taken in in this session that no receipt has named yet.
struct HeadsToSign {
  private var taken: [LogID: LogHead] = [:]

  mutating func note(_ head: LogHead) { taken[head.log] = head }

  /// What the next receipt says, ascending by log, and as much as fits into one message: the rest waits for the next
  /// one.
  ///
  /// - Parameter vouched: what was asked about and is held; what does not fit is asked about again.
  mutating func take(with vouched: [LogHead]) -> [LogHead] {
    let all = Dictionary(vouched.map { ($0.log, $0) }) { $0.n > $1.n ? $0 : $1 }
      .merging(taken) { $0.n > $1.n ? $0 : $1 }
    let heads = Array(all.values.sorted { $0.log < $1.log }.prefix(Limits.logsPerMessage))
    for head in heads { taken[head.log] = nil }
    return heads
  }
}
