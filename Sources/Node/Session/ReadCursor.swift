internal import Ledger

/// How far a peer's arrivals are read, as far as that may be kept: where something was left out, not before the heads have
/// been exchanged and all that came of it is here.
struct ReadCursor {
  /// A cursor to keep, with this store's last arrival before what it covers was taken in.
  typealias Kept = (cursor: ArrivalCursor, before: Int64)

  private var isHeldBack = false
  private var waiting: Kept?

  /// - Parameter hasGap: whether something was left out that has not been asked for.
  /// - Returns: what to keep now; nil where it waits.
  mutating func pass(_ cursor: ArrivalCursor, before: Int64, hasGap: Bool) -> Kept? {
    if hasGap { isHeldBack = true }
    guard isHeldBack else { return (cursor, before) }
    waiting = (cursor, waiting?.before ?? before)
    return nil
  }

  /// All that was left out has come, or is set aside.
  /// - Returns: what to keep; nil where nothing waited.
  mutating func release() -> Kept? {
    defer { (isHeldBack, waiting) = (false, nil) }
    return waiting
  }
}
