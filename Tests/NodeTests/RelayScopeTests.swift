import Campaign
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// Invariant 10: a hub passes on only what the receiver may read, whichever way it goes.
@Suite struct RelayScopeTests {
  enum Way: CaseIterable, Sendable { case sync, watch, bundle }

  private let offices: TestOffices
  private let hub: LocalNode
  private let linzhou: LocalNode
  private let dangxiong: LocalNode
  private let folder = TemporaryFolder()

  init() throws {
    offices = try TestOffices()
    hub = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    linzhou = try offices.enrolled("540121", "林周县局", by: hub)
    dangxiong = try offices.enrolled("540122", "当雄县局", by: hub)
  }

  /// What the hub records for either county while the receiver is there, and what it keeps for itself.
  private func recordMore() throws {
    try hub.addTraining("给林周", division: "540121")
    try hub.addTraining("给当雄", division: "540122")
    try hub.addTraining("市局自用", division: "540100")
  }

  private func watch() async throws {
    let pace = WatchPace.quick
    let (linkA, linkB) = QueueLink.pair()
    let (stop, never) = (StopSignal(), StopSignal())
    let notices = [CommitNotices(), CommitNotices()]
    let looking = try zip(notices, [linzhou, hub]).map { notices, node in
      let watch = try StoreWatch(node.store)
      return Task { await notices.run(watch, every: pace.look) }
    }
    defer { for task in looking { task.cancel() } }
    var mine = try SessionDriver(
      linzhou, link: linkA, peer: TrustedPeer(chain: hub.identity.chain.map(\.der), node: linzhou),
      isInitiator: true, watching: Watching(commits: notices[0].listen(), stop: stop, pace: pace),
      onCheckpoint: { [linzhou] _ in
        if (try? linzhou.ids(titled: "给林周"))?.isEmpty == false { stop.fire() }
      })
    var theirs = try SessionDriver(
      hub, link: linkB, peer: TrustedPeer(chain: linzhou.identity.chain.map(\.der), node: hub),
      isInitiator: false, watching: Watching(commits: notices[1].listen(), stop: never, pace: pace))
    async let left = mine.run()
    async let right = theirs.run()
    try recordMore()
    _ = try await left
    linkA.close()
    _ = try await right
  }

  @Test(arguments: Way.allCases)
  func invariant10AHubRelaysOnlyWhatTheReceiverMayRead(way: Way) async throws {
    try linzhou.addTraining("林周自己")
    try dangxiong.addTraining("当雄自己")
    for county in [linzhou, dangxiong] { _ = try await sync(county, hub) }
    _ = try await sync(hub, offices.region)
    switch way {
    case .sync:
      try recordMore()
      _ = try await sync(linzhou, hub)
    case .watch: try await watch()
    case .bundle:
      try recordMore()
      let path = folder.path + "/a.tzb"
      _ = try hub.makeBundle(for: linzhou.facts.node.description, sinceLast: false, to: path)
      let report = try linzhou.merge([path], decide: nil, operatorName: "", progress: { _ in })
      #expect(report.sources.first?.error == nil)
    }
    let scope = try linzhou.scope(linzhou.store.read { try $0.pack() })
    let held = try linzhou.store.read { try $0.offer(after: 0, scope: { _ in true }, excluding: nil) }
    let foreign = held.map(\.log.space).filter { !scope.mayRead($0) }
    #expect(foreign.isEmpty, "\(foreign)")
    for (title, isThere) in [
      ("林周自己", true), ("给林周", true), ("给当雄", false), ("市局自用", false), ("当雄自己", false),
    ] {
      #expect(try linzhou.ids(titled: title).isEmpty != isThere, "\(title)")
    }
    #expect(try linzhou.store.read { try $0.quarantine() }.isEmpty)
  }
}
