internal import Ledger
internal import Wire

/// Heads taken in in this session that no receipt has named yet, one for each branch of a log.
struct HeadsToSign {
  private var taken: [LogID: [LogHead]] = [:]

  /// - Parameter heads: where the log's branches end now.
  mutating func note(_ heads: [LogHead], of log: LogID) { taken[log] = heads.isEmpty ? nil : heads }

  /// What the next receipt says, ascending by log, and as much as fits into one message beside its mark: the rest waits
  /// for the next one.
  ///
  /// - Parameter vouched: what was asked about and is held; what does not fit is asked about again. What lies behind a
  ///   head that was taken in need not be named.
  mutating func take(with vouched: [LogHead]) -> [LogHead] {
    var all = taken.values.flatMap { $0 }
    for head in vouched where taken[head.log]?.contains(where: { $0.n >= head.n }) != true {
      all.append(head)
    }
    all.sort { ($0.log, $0.n, $0.hash) < ($1.log, $1.n, $1.hash) }
    let heads = Array(all.prefix(Limits.logsPerMessage - 1))
    for head in heads {
      taken[head.log]?.removeAll { $0 == head }
      if taken[head.log]?.isEmpty == true { taken[head.log] = nil }
    }
    return heads
  }
}
