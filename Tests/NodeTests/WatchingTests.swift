import Ledger
import Store
import Synchronization
import Testing
import Trust

@testable import Node

/// Sessions that stay open, in one process and at a quick pace.
@Suite struct WatchingTests {
  private final class Counter: Sendable {
    private let value = Mutex(0)
    func next() -> Int {
      value.withLock { value in
        value += 1
        return value
      }
    }
  }

  /// Counts frames of Done; tells when it is enough, and drops those beyond a number.
  private struct CountingLink: FrameLink {
    let link: QueueLink
    let dones = Counter()
    let enough: Int
    let onEnough: @Sendable () -> Void
    var dropsAfter = Int.max

    init(
      _ link: QueueLink, enough: Int = .max, dropsAfter: Int = .max, onEnough: @escaping @Sendable () -> Void
    ) {
      self.link = link
      self.enough = enough
      self.onEnough = onEnough
      self.dropsAfter = dropsAfter
    }

    func send(_ frames: [(type: UInt8, payload: [UInt8])]) async throws {
      for frame in frames {
        guard frame.type == 6 else {
          try await link.send([frame])
          continue
        }
        let count = dones.next()
        if count <= dropsAfter { try await link.send([frame]) }
        if count == enough { onEnough() }
      }
    }

    func receive() async throws -> (type: UInt8, payload: [UInt8])? { try await link.receive() }
  }

  private func watch(
    _ node: LocalNode, _ peer: LocalNode, _ link: any FrameLink, isInitiator: Bool, stop: StopSignal,
    pace: WatchPace = .quick, told: @escaping @Sendable (SessionSummary) -> Void = { _ in }
  ) async throws -> SessionSummary {
    let notices = CommitNotices()
    let watch = try StoreWatch(node.store)
    let looking = Task { await notices.run(watch, every: pace.look) }
    defer { looking.cancel() }
    var driver = try SessionDriver(
      node, link: link, peer: TrustedPeer(chain: peer.identity.chain.map(\.der), node: node),
      isInitiator: isInitiator,
      watching: Watching(commits: notices.listen(), stop: stop, pace: pace),
      onCheckpoint: told)
    return try await driver.run()
  }

  @Test func atRestDoneIsRepeatedAndNothingIsToldTwice() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try lhasa.addTraining("一")
    let (linkA, linkB) = QueueLink.pair()
    let stop = StopSignal()
    let told = Counter()
    async let left = watch(
      lhasa, region, CountingLink(linkA, enough: 8) { stop.fire() }, isInitiator: true, stop: stop
    ) { _ in _ = told.next() }
    async let right = watch(region, lhasa, linkB, isInitiator: false, stop: StopSignal())
    let summary = try await left
    linkA.close()
    _ = try await right
    #expect(summary.converged && summary.sent == 1)
    #expect(told.next() == 2)
  }

  @Test func whatAnotherConnectionCommitsIsSentAtOnce() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let elsewhere = try LocalNode(opening: lhasa.store.folder)
    let (linkA, linkB) = QueueLink.pair()
    let stop = StopSignal()
    let told = Counter()
    async let left = watch(lhasa, region, linkA, isInitiator: true, stop: stop) { summary in
      // On a busy machine a Done is repeated before the commit is noticed, and told as such.
      if told.next() == 1 { _ = try? elsewhere.addTraining("别处录入") } else if summary.sent > 0 { stop.fire() }
    }
    async let right = watch(region, lhasa, linkB, isInitiator: false, stop: StopSignal())
    #expect(try await left.sent == 1)
    linkA.close()
    #expect(try await right.received == 1)
    #expect(try region.store.read { try $0.recordCount() } == 1)
  }

  @Test func aPeerThatFallsSilentIsTakenForGone() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let (linkA, linkB) = QueueLink.pair()
    let stop = StopSignal()
    async let right = watch(
      region, lhasa, CountingLink(linkB, dropsAfter: 1) {}, isInitiator: false, stop: stop)
    await #expect(throws: LinkError.lost(.peerSilent)) {
      var strict = WatchPace.quick
      strict.silentTicks = 3
      _ = try await watch(lhasa, region, linkA, isInitiator: true, stop: StopSignal(), pace: strict)
    }
    linkA.close()
    _ = try await right
  }

  /// A session goes on only where both sides have said so.
  @Test func aDiallerThatDoesNotWatchIsLetGo() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let region = offices.region
    let (linkA, linkB) = QueueLink.pair()
    async let right = watch(region, lhasa, linkB, isInitiator: false, stop: StopSignal())
    var driver = try SessionDriver(
      lhasa, link: linkA, peer: TrustedPeer(chain: region.identity.chain.map(\.der), node: lhasa),
      isInitiator: true)
    #expect(try await driver.run().converged)
    #expect(try await right.isWatching == false)
  }

  @Test func retriesGrowAndAreNotAllAtOneMoment() {
    let pace = WatchPace()
    let full = UInt64.max
    #expect(pace.wait(failures: 1, isRefused: false, random: full) <= .milliseconds(500))
    #expect(pace.wait(failures: 1, isRefused: false, random: 0) >= .milliseconds(250))
    #expect(pace.wait(failures: 5, isRefused: false, random: 0) == .seconds(4))
    #expect(pace.wait(failures: 500, isRefused: false, random: full) <= .seconds(60))
    #expect(pace.wait(failures: 1, isRefused: true, random: 0) == .seconds(300))
  }
}
