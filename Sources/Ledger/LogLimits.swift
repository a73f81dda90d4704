/// How many branches a log may have.
public enum LogLimits {
  /// Branches of one log that count. Of a log with more nothing counts after its first fork, until who stands above
  /// its node rules. A copied disk or a machine that was set back makes one or two; more are no accident any more.
  public static let branches = 8

  /// From so many on it is told how near the limit is (this program's own bound).
  public static let branchesToWarnOf = 6

  /// Rows that a store keeps of a log which is cut (this program's own bound, no part of the protocol): a further
  /// branch that leaves at or beyond the cut moves nothing, and is not taken in. It is far more than the cut needs,
  /// so that who rules finds what an honest office wrote.
  public static let branchesKept = 64

  /// Rows besides, for as long as a head that a ruling honours is not held: it may lie on a branch that was left out
  /// (this program's own bound). A ruling honours 8 branches, which may leave the log in as many places.
  public static let branchesAwaited = 192

  /// Heads of one log that are looked at of what one message or receipt names (this program's own bound): as many as
  /// there may be rows. What goes beyond counts as not held.
  public static let headsLookedAt = branchesKept + branchesAwaited

  /// Branches that leave a log below its cut and that one frame may bring (this program's own bound): each moves the
  /// cut, and the log is drawn anew. The others come again, for the digests differ until they are here.
  public static let lowerForks = 16
}
