import Campaign
import Foundation
import Ledger
import Replication
import Store
import Synchronization
import Testing
import Trust

@testable import Node

/// What a session does where the cursors are wrong, and what it costs on the wire.
@Suite struct FallbackTests {
  /// The region says that it has read the office to the end, and has not.
  @Test func aWrongCursorIsMadeGoodByTheHeads() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let id = try lhasa.addTraining("一")
    try lhasa.addTraining("二")
    let end = try lhasa.store.read { try $0.ownCursor() }
    try offices.region.store.write { commit in
      let peer = try commit.peer(node: lhasa.facts.node, name: nil)
      try commit.setCursor(end, peer: peer.key, before: 0)
    }
    let (own, theirs) = try await sync(lhasa, offices.region)
    #expect(own.outcome == .converged && theirs.outcome == .converged)
    #expect(own.sent == 2 && theirs.received == 2)
    #expect(try offices.region.field(id, "title") == .single(.text("一")))
    // The cursor was not taken back: the next sync is one round trip again.
    let (again, _) = try await sync(lhasa, offices.region)
    #expect(again.roundTrips == 1 && again.sent == 0 && again.converged)
  }

  /// A computer whose cursor says that it has read a peer to the end, and that holds nothing of it.
  @Test func aReaderThatHoldsNothingIsSentEverything() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let second = try offices.enrolled("540100", "拉萨市局二号")
    let id = try lhasa.addTraining("一")
    _ = try await sync(lhasa, offices.region)
    _ = try await sync(second, offices.region)
    #expect(try second.field(id, "title") == .single(.text("一")))
    let blank = try offices.enrolled("540100", "拉萨市局三号")
    let end = try second.store.read { try $0.ownCursor() }
    try blank.store.write { commit in
      let peer = try commit.peer(node: second.facts.node, name: nil)
      try commit.setCursor(end, peer: peer.key, before: 0)
    }
    let (own, _) = try await sync(blank, second)
    #expect(own.outcome == .converged)
    #expect(try blank.field(id, "title") == .single(.text("一")))
  }

  /// Nothing of an upload goes back to whom it came from, and its arrivals are not looked through at each sync.
  @Test func whatThePeerSentItselfIsNotLookedThroughAgain() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    for number in 0..<5 { try lhasa.addTraining("第\(number)场") }
    _ = try await sync(lhasa, offices.region)
    func read() throws -> Int64? {
      try lhasa.store.read { try $0.peer(node: offices.region.facts.node)?.cursor?.arrival }
    }
    let end = try offices.region.store.read { try $0.ownCursor().arrival }
    #expect(try read() == end)
    // What comes after that is still sent.
    try offices.region.addTraining("自治区的")
    let (again, _) = try await sync(lhasa, offices.region)
    #expect(again.converged)
    #expect(try read() == offices.region.store.read { try $0.ownCursor().arrival })
  }

  @Test func anEditAndASyncWithNothingNewAreSmall() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let ids = try (0..<20).map { try lhasa.addTraining("第\($0)场") }
    _ = try await sync(lhasa, offices.region)
    let idle = try await countedSync(lhasa, offices.region)
    #expect(idle.up <= 512 && idle.down <= 512, "\(idle)")
    let edits = 300
    for number in 0..<edits {
      _ = try lhasa.edit(
        ids[number % ids.count], operations: [.set("title", to: "改\(number)")], operatorName: "扎西")
    }
    let busy = try await countedSync(lhasa, offices.region)
    #expect((busy.up + busy.down) / edits <= 65, "\(busy)")
  }

  /// Bytes of frames each way, before TLS.
  private func countedSync(_ a: LocalNode, _ b: LocalNode) async throws -> (up: Int, down: Int) {
    let (linkA, linkB) = QueueLink.pair()
    let up = CountingLink(link: linkA)
    let down = CountingLink(link: linkB)
    let peerB = try TrustedPeer(chain: b.identity.chain.map(\.der), node: a)
    let peerA = try TrustedPeer(chain: a.identity.chain.map(\.der), node: b)
    async let left: Void = {
      var driver = try SessionDriver(a, link: up, peer: peerB, isInitiator: true)
      #expect(try await driver.run().converged)
      linkA.close()
    }()
    async let right: Void = {
      var driver = try SessionDriver(b, link: down, peer: peerA, isInitiator: false)
      #expect(try await driver.run().converged)
      linkB.close()
    }()
    _ = try await (left, right)
    return (up.count, down.count)
  }
}

private final class CountingLink: FrameLink {
  private let link: QueueLink
  private let sent = Mutex(0)

  init(link: QueueLink) { self.link = link }

  var count: Int { sent.withLock { $0 } }

  func send(_ frames: [(type: UInt8, payload: [UInt8])]) async throws {
    sent.withLock { $0 += frames.reduce(0) { $0 + $1.payload.count + 5 } }
    try await link.send(frames)
  }

  func receive() async throws -> (type: UInt8, payload: [UInt8])? { try await link.receive() }
}
