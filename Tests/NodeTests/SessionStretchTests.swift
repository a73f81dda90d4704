import Ledger
import Testing

@testable import Node

/// What a session that stays open did since it was told last.
@Suite struct SessionStretchTests {
  private let earlier = SessionSummary(peer: NodeID(.zero), peerName: "")

  private func log(_ epoch: UInt64) -> LogID {
    LogID(
      node: NodeID(.zero), space: Space(division: DivisionCode("540100")!, section: .records), epoch: epoch)
  }

  private func forks(since told: [LogID: Int], now: [LogID: Int]) -> SessionSummary {
    var (first, second) = (earlier, earlier)
    (first.forks, second.forks) = (told, now)
    return second.since(first)
  }

  @Test func aFurtherBranchOfALogThatWasToldIsTold() {
    let stretch = forks(since: [log(1): 5], now: [log(1): 6])
    #expect(stretch.forked == 1 && stretch.branches == 6)
    #expect(forks(since: [log(1): 6], now: [log(1): 6]).forked == 0)
  }

  /// One that was told counts no more, and hides none that came since.
  @Test func aLogThatWasCutSinceIsNoFork() {
    #expect(forks(since: [log(1): 8], now: [:]).forked == 0)
    let stretch = forks(since: [log(1): 8, log(2): 2], now: [log(2): 2, log(3): 2])
    #expect(stretch.forked == 1 && stretch.branches == 2)
  }

  @Test func whatWasToldIsNotToldAgain() {
    var (first, second) = (earlier, earlier)
    (first.withdrawn, second.withdrawn) = (2, 5)
    (first.wasSetBack, second.wasSetBack, second.hasLost) = (true, true, true)
    (first.refused, second.refused) = (4, 1)
    let stretch = second.since(first)
    #expect(stretch.withdrawn == 3 && !stretch.wasSetBack && stretch.hasLost && stretch.refused == 0)
  }
}
