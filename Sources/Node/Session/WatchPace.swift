/// How often and how long a node that stays connected does what.
public struct WatchPace: Sendable {
  /// Between two looks for commits of others.
  public var look: Duration
  /// At rest, Done is repeated so often: it keeps the link alive, and the peer hears that this side is there.
  public var keepAlive: Duration
  /// After so many of these without a frame the peer is taken for gone.
  public var silentTicks: Int
  /// What is in flight when an end is wanted has so long.
  public var grace: Duration
  /// The first wait before a lost link is dialled again; it doubles each time.
  public var firstRetry: Duration
  public var longestRetry: Duration
  /// Where the peer refused for good.
  public var refusedRetry: Duration

  public init(
    look: Duration = .milliseconds(250), keepAlive: Duration = .seconds(20), silentTicks: Int = 3,
    grace: Duration = .seconds(5), firstRetry: Duration = .milliseconds(500),
    longestRetry: Duration = .seconds(60), refusedRetry: Duration = .seconds(600)
  ) {
    self.look = look
    self.keepAlive = keepAlive
    self.silentTicks = silentTicks
    self.grace = grace
    self.firstRetry = firstRetry
    self.longestRetry = longestRetry
    self.refusedRetry = refusedRetry
  }

  /// The wait after so many failures in a row. Half of it is drawn, so that the offices of a region that was
  /// away do not all come back in one moment.
  func wait(failures: Int, isRefused: Bool, random: UInt64) -> Duration {
    var wait = isRefused ? refusedRetry : firstRetry
    if !isRefused {
      for _ in 1..<max(failures, 1) where wait < longestRetry { wait *= 2 }
      wait = min(wait, longestRetry)
    }
    return wait / 2 + wait * (Double(random >> 11) / Double(1 << 53)) / 2
  }
}
