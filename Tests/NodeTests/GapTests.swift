import Campaign
import Foundation
import Ledger
import Replication
import Store
import Testing
import Trust
import Wire

@testable import Node

/// A batch that follows on nothing held here: what lies in the gap is asked for, until it has come.
@Suite struct GapTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let lhasa: LocalNode
  /// The first of three records; the region believes that it has read two.
  private let first: String
  private let wrong: ArrivalCursor

  init() throws {
    offices = try TestOffices()
    region = offices.region
    lhasa = try offices.enrolled("540100", "拉萨市局")
    first = try lhasa.addTraining("一")
    try lhasa.addTraining("二")
    let end = try lhasa.store.read { try $0.ownCursor() }
    wrong = end
    let (region, lhasa) = (region, lhasa)
    try region.store.write { commit in
      try commit.setCursor(end, peer: commit.peer(node: lhasa.facts.node, name: nil).key, before: 0)
    }
    try lhasa.addTraining("三")
  }

  private func kept() throws -> ArrivalCursor? {
    try region.store.read { try $0.peer(node: lhasa.facts.node)?.cursor }
  }

  private func port(_ node: LocalNode, to peer: LocalNode, dials: Bool) throws -> StorePort {
    try StorePort(
      node, peer: TrustedPeer(chain: peer.identity.chain.map(\.der), node: node), isInitiator: dials)
  }

  /// The office's next frame.
  private func frame(of port: StorePort) throws -> ChangesFrame {
    guard case .loaded(let frame?, _)? = try port.perform(.load) else { throw Missing() }
    return frame
  }

  private func refused(_ frame: ChangesFrame, by port: StorePort) throws -> Int {
    guard case .committed(let outcome)? = try port.perform(.commit(frame)) else { throw Missing() }
    return outcome.refused
  }

  private func hasGap(_ port: StorePort) throws -> Bool {
    guard case .doneMade(let done)? = try port.perform(.makeDone(sentFrames: 0, receivedFrames: 0)) else {
      throw Missing()
    }
    return done.hasGap
  }

  private struct Missing: Error {}

  /// The office offers all that it has; the region says what it holds.
  private func exchangeHeads(_ sender: StorePort, _ reader: StorePort) throws {
    guard case .planned(let plan)? = try sender.perform(.planByHeads),
      case .answered(let held)? = try reader.perform(.answer(plan.offer.ranges))
    else { throw Missing() }
    _ = try sender.perform(.narrow(held))
  }

  /// The link breaks when the first of several frames has come: the next session is not told that the rest is here.
  @Test func theCursorWaitsUntilWhatWasLeftOutHasCome() async throws {
    let reader = try port(region, to: lhasa, dials: false)
    let sender = try port(lhasa, to: region, dials: true)
    _ = try sender.perform(.plan(reader.hello(watches: false)))
    let gap = try frame(of: sender)
    #expect(try refused(gap, by: reader) == 0 && hasGap(reader))
    #expect(try kept() == wrong)
    _ = try reader.perform(.planByHeads)
    try exchangeHeads(sender, reader)
    let all = try frame(of: sender)
    let log = try #require(gap.batches.last?.log)
    let before = ChangesFrame(batches: all.batches.filter { $0.log != log }, through: all.through)
    #expect(all.batches.count > before.batches.count && all.through != wrong)
    #expect(try refused(before, by: reader) == 0 && !hasGap(reader))
    #expect(try kept() == wrong)

    let (own, _) = try await sync(lhasa, region)
    #expect(own.converged && own.sent >= 3)
    #expect(try region.field(first, "title") == .single(.text("一")))
    #expect(try kept() == lhasa.store.read { try $0.ownCursor() })
    let (again, _) = try await sync(lhasa, region)
    #expect(again.roundTrips == 1 && again.sent == 0)
  }

  /// A side that watches may have sent a frame before it knew that heads are exchanged.
  @Test func aFrameFromBeforeTheHeadsMayHaveAGapToo() throws {
    let reader = try port(region, to: lhasa, dials: false)
    let sender = try port(lhasa, to: region, dials: true)
    _ = try sender.perform(.plan(reader.hello(watches: true)))
    #expect(try refused(frame(of: sender), by: reader) == 0)
    _ = try reader.perform(.planByHeads)
    try lhasa.addTraining("四")
    #expect(try refused(frame(of: sender), by: reader) == 0 && hasGap(reader))
    #expect(try kept() == wrong)
    let late = try frame(after: "五", of: sender)
    try exchangeHeads(sender, reader)
    // From here on it knows what is held.
    #expect(throws: SessionError.gap) { try refused(late, by: reader) }
    #expect(try refused(frame(of: sender), by: reader) == 0 && !hasGap(reader))
    #expect(try region.store.read { try $0.recordCount() } == 5)
  }

  /// A session that stays open has its heads exchanged once more where something is lacking later on.
  @Test func onceBothHoldTheSameAGapIsAskedForAnew() throws {
    let reader = try port(region, to: lhasa, dials: false)
    let sender = try port(lhasa, to: region, dials: true)
    _ = try sender.perform(.plan(reader.hello(watches: true)))
    #expect(try refused(frame(of: sender), by: reader) == 0)
    for _ in 0..<2 {
      _ = try reader.perform(.planByHeads)
      try exchangeHeads(sender, reader)
      #expect(try refused(frame(of: sender), by: reader) == 0 && !hasGap(reader))
      for port in [reader, sender] { try port.note(.converged) }
      _ = try frame(after: "没有收到", of: sender)
      #expect(try refused(frame(after: "后面的", of: sender), by: reader) == 0 && hasGap(reader))
    }
  }

  private func frame(after title: String, of port: StorePort) throws -> ChangesFrame {
    try lhasa.addTraining(title)
    return try frame(of: port)
  }

  /// Something of the log was refused long ago, from somebody else and on another branch.
  @Test func anOldRefusalIsNotWhatABatchFollows() async throws {
    let log = try #require(
      try lhasa.store.read { try $0.heads(of: lhasa.facts.node) }.first { $0.log.space.section == .records })
    try region.store.write { commit in
      try commit.quarantine(
        log: log.log, n: 1, hash: Hash256(hashing: [1]), reason: "revoked", source: 77, at: 0,
        batch: nil)
    }
    let (own, theirs) = try await sync(lhasa, region)
    #expect(own.converged && theirs.refused == 0, "\(own)")
    #expect(try region.store.read { try $0.recordCount() } == 3)
    #expect(try region.store.read { try $0.quarantine() }.map(\.reason) == ["revoked"])
  }
}
