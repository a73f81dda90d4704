import Ledger
import Store
import Testing
import Trust

@testable import Node

/// Sessions that stay open: what offices above both sign meanwhile comes down by them.
@Suite struct ReceiptsInWatchTests {
  private func watch(
    _ node: LocalNode, _ peer: LocalNode, _ link: QueueLink, isInitiator: Bool, _ stop: StopSignal
  ) async throws {
    let notices = CommitNotices()
    let watch = try StoreWatch(node.store)
    let looking = Task { await notices.run(watch, every: WatchPace.quick.look) }
    defer {
      looking.cancel()
      link.close()
    }
    var driver = try SessionDriver(
      node, link: link, peer: TrustedPeer(chain: peer.identity.chain.map(\.der), node: node),
      isInitiator: isInitiator,
      watching: Watching(commits: notices.listen(), stop: stop, pace: WatchPace.quick))
    _ = try await driver.run()
  }

  private func wait(until isSo: () throws -> Bool) async throws {
    while try !isSo() { try await Task.sleep(for: .milliseconds(5)) }
  }

  private func signers(of node: LocalNode) throws -> Set<NodeID> {
    try node.store.read { try Set($0.receiptLines().filter { $0.log.node == node.facts.node }.map(\.signer)) }
  }

  /// A county watches its prefecture, which hands on to the region by another session: the county hears of it while its own
  /// link stands, whichever way that goes.
  @Test(.timeLimit(.minutes(10)), arguments: [true, false])
  func whatTheRegionSignsComesDownWhileTheLinkStands(countyDials: Bool) async throws {
    let offices = try TestOffices()
    let region = offices.region
    let prefecture = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let county = try offices.enrolled("540102", "城关区局", by: prefecture)
    try await sync(prefecture, region)
    let (linkA, linkB) = QueueLink.pair()
    let stop = StopSignal()
    async let below: Void = watch(county, prefecture, linkA, isInitiator: countyDials, stop)
    async let above: Void = watch(prefecture, county, linkB, isInitiator: !countyDials, stop)
    for title in ["一", "二"] {
      let id = try county.addTraining(title)
      try await wait { try prefecture.ids(titled: title).count == 1 }
      try await sync(prefecture, region)
      // The second is in a log for which the region's word is here already.
      try await wait {
        try county.store.read { snapshot in
          let holders = HolderIndex(snapshot)
          let view = try snapshot.record(prefix: id)
          return try snapshot.history(of: view).allSatisfy {
            try holders.holders(of: $0.change).contains(region.facts.node)
          }
        }
      }
    }
    #expect(try signers(of: county) == [prefecture.facts.node, region.facts.node])
    stop.fire()
    _ = try await (below, above)
    #expect(try county.verify().problems.isEmpty)
  }
}
