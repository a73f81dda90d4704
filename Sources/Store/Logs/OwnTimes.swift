internal import GRDB
public import Ledger

extension Snapshot {
  /// When the newest of these heads that is of this node's own logs was written, by this office's clock.
  ///
  /// - Parameters:
  ///   - heads: as another office names them; what is not held here says nothing.
  ///   - now: this clock's time. What was written by a clock ahead of it says nothing.
  /// - Returns: milliseconds since 1970; nil where none says anything.
  public func lastOwnTime(among heads: [LogHead], until now: Int64) throws -> Int64? {
    guard let own = try meta(.node).flatMap({ NodeID($0) }) else { return nil }
    let logs = LogRegistry(db)
    var last: Int64?
    for head in heads.lookedAt where head.log.node == own && head.n > 0 {
      guard let held = try logs.head(of: head.log, at: head.n, head.hash), held.time <= now else { continue }
      last = max(last ?? held.time, held.time)
    }
    return last
  }
}
