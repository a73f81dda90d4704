import Foundation
import Ledger
import Replication
import Store
import Testing
import Trust
import Wire

@testable import Node

/// A session counts as one only where both sides were through: whatever else it was is kept as what it was.
@Suite struct SessionEndTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let office: LocalNode

  init() throws {
    offices = try TestOffices()
    region = offices.region
    office = try offices.enrolled("540100", "拉萨市局")
  }

  private func hello(time: Int64 = 0) -> Message {
    .hello(
      Hello(
        store: [UInt8](repeating: 7, count: 16), cursor: nil, time: time, unreceipted: [], watches: false))
  }

  private func done(_ number: UInt64) -> Message {
    .done(
      Done(
        sentFrames: 0, receivedFrames: 0, digest: Hash256(word0: number, word1: 1, word2: 2, word3: 3),
        receipt: [], hasMoved: false))
  }

  /// The office dials a peer that says just that, and closes the link.
  private func dial(_ said: [Message]) async throws -> SessionSummary {
    let (link, peer) = QueueLink.pair()
    for message in said { try await peer.send(message) }
    peer.close()
    var driver = try SessionDriver(
      office, link: link, peer: TrustedPeer(chain: region.identity.chain.map(\.der), node: office),
      isInitiator: true)
    return try await driver.run()
  }

  private func noted() throws -> Peer? { try office.store.read { try $0.peer(node: region.facts.node) } }

  @Test func aPeerThatLeavesBeforeItIsThroughIsNoSuccess() async throws {
    for said in [[], [hello()]] {
      await #expect(throws: LinkError.lost(.unfinished)) {
        _ = try await dial(said)
      }
      let peer = try #require(try noted())
      #expect(peer.lastSync == nil)
    }
  }

  @Test func storesThatDifferInTheEndAreNoSuccess() async throws {
    let summary = try await dial([hello(), done(1), done(2)])
    #expect(summary.outcome == .unequal && !summary.converged)
    let peer = try #require(try noted())
    #expect(peer.lastSync == nil)
  }

  @Test func aSessionThatWentWellIsNoted() async throws {
    _ = try await sync(office, region)
    let peer = try #require(try noted())
    #expect(peer.lastSync != nil && peer.lastError == nil)
  }

  /// Invariant 8: a clock beyond all calendars is no message, and the difference to it is not taken.
  @Test(arguments: [Int64.min, Int64.max, 9_007_199_254_740_993])
  func invariant8AClockBeyondAllCalendarsIsRefused(time: Int64) async throws {
    await #expect(throws: SessionError.badMessage(.malformed(type: 1))) {
      _ = try await dial([hello(time: time)])
    }
  }

  /// Invariant 8: the same for an offer of more changes than there are numbers.
  @Test func invariant8AnOfferBeyondAllNumbersIsCounted() throws {
    let ranges = (0..<3).map { epoch in
      OfferedRange(
        log: LogID(
          node: region.facts.node, space: Space(division: DivisionCode("540100")!, section: .records),
          epoch: UInt64(epoch)),
        from: 1, to: UInt64(Int64.max), toHash: .zero)
    }
    #expect(try office.store.read { try $0.missingCount(of: ranges) } == Snapshot.mostCounted)
  }
}
