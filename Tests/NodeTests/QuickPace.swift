@testable import Node

extension WatchPace {
  /// Looks and repeats often, and gives nobody up: a side that waits for its turn on a busy machine is neither silent nor late.
  static let quick = WatchPace(
    look: .milliseconds(5), keepAlive: .milliseconds(20), silentTicks: .max, grace: .seconds(600))
}
