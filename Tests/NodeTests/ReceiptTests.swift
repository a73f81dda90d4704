import Foundation
import Ledger
import Replication
import Store
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

/// What receipts say of what has arrived, and of what was lost.
@Suite struct ReceiptTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let folder = TemporaryFolder()

  init() throws {
    offices = try TestOffices()
    region = offices.region
  }

  /// What the enroller gives back to who wrote it has arrived there: nobody need ask.
  @Test func whatCameBackIsSignedForInTheSameSession() async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try lhasa.addTraining("备份之前")
    _ = try await sync(lhasa, region)
    let backup = folder.path + "/backup"
    _ = try lhasa.backup(to: backup)
    for title in ["甲", "乙"] { try lhasa.addTraining(title) }
    _ = try await sync(lhasa, region)
    let back = try LocalNode.restore(backup: backup, into: folder.path + "/restored")
    let (own, _) = try await sync(back, region)
    #expect(own.converged && own.received == 2 && own.regained == 2)
    #expect(try back.status(division: nil).unsent == 0)
    let signed = try back.store.read { try $0.receiptLines() }
    _ = try await sync(back, region)
    #expect(try back.store.read { try $0.receiptLines() }.map(\.at) == signed.map(\.at))
  }

  /// What a peer hands back in a session is not sent to it again in that session, whether heads were exchanged or not; what
  /// is new is.
  @Test(arguments: [0, 1, 3]) func whatCameBackDoesNotGoOutAgain(new: Int) async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try lhasa.addTraining("备份之前")
    _ = try await sync(lhasa, region)
    let backup = folder.path + "/backup"
    _ = try lhasa.backup(to: backup)
    for number in 0..<10 { try lhasa.addTraining("甲\(number)") }
    _ = try await sync(lhasa, region)
    let back = try LocalNode.restore(backup: backup, into: folder.path + "/restored")
    for number in 0..<new { try back.addTraining("乙\(number)") }
    let (own, theirs) = try await sync(back, region)
    #expect(own.converged && own.regained == 10 && own.sent == new && theirs.received == new, "\(own)")
    for node in [back, region] { #expect(try node.store.read { try $0.recordCount() } == 11 + new) }
    let (quiet, _) = try await sync(back, region)
    #expect(quiet.sent == 0 && quiet.received == 0 && quiet.converged)
  }

  /// Who was set back has lost something, and not the peer that holds all of it: wherever in the log that parts, among
  /// the points by which the peer says what it holds or between them.
  @Test(arguments: [1, 3, 6], [2, 5, 9])
  func whoWasSetBackBlamesNobody(before: Int, after: Int) async throws {
    let computer = Computer(try offices.enrolled("540100", "拉萨市局"))
    for number in 0..<before { try computer.node().addTraining("前\(number)") }
    _ = try await sync(computer.node(), region)
    let data = try computer.saved()
    for number in 0..<after { try computer.node().addTraining("甲\(number)") }
    _ = try await sync(computer.node(), region)
    try computer.setBack(to: data)
    try computer.node().addTraining("乙")
    let (own, _) = try await sync(computer.node(), region)
    #expect(own.converged && own.wasSetBack && own.sentAgain == 0)
  }

  /// Beside a loss that a peer has, a gap in what it says hides no more than what lies in it.
  @Test func aLossIsToldThoughTheLogGoesOnElsewhere() async throws {
    let computer = Computer(try offices.enrolled("540100", "拉萨市局"))
    try computer.node().addTraining("前")
    _ = try await sync(computer.node(), region)
    let backup = folder.path + "/backup"
    _ = try region.backup(to: backup)
    for title in ["甲", "乙", "丙"] { try computer.node().addTraining(title) }
    _ = try await sync(computer.node(), region)
    let back = try LocalNode.restore(backup: backup, into: folder.path + "/restored")
    let (own, _) = try await sync(computer.node(), back)
    #expect(own.converged && own.sentAgain == 3)
  }

  /// What an office may never read is not on its way to it.
  @Test func nothingIsUnsentToWhoMayNotReadIt() async throws {
    let hub = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let chengguan = try offices.enrolled("540102", "城关区局", by: hub)
    let linzhou = try offices.enrolled("540121", "林周县局", by: hub)
    try chengguan.addTraining("城关的")
    for node in [chengguan, linzhou, chengguan] { _ = try await sync(node, hub) }
    _ = try await sync(chengguan, linzhou)
    try chengguan.store.write { commit in
      for (address, node) in [("sibling:1", linzhou), ("hub:1", hub)] {
        try commit.listPeer(address: address)
        try commit.bind(address: address, to: node.facts.node)
      }
    }
    try chengguan.addTraining("又一场")
    let peers = try chengguan.status(division: nil).peers
    let unsent = Dictionary(uniqueKeysWithValues: peers.map { ($0.peer.node, $0.unsent) })
    #expect(unsent[linzhou.facts.node] == 0 && unsent[hub.facts.node] == 1)
    #expect(peers.first { $0.peer.node == linzhou.facts.node }?.lacks == 0)
  }

  /// Invariant 10 among it: what the region has signed for reaches who wrote it by way of a hub, and nothing of what a
  /// colleague wrote, nor of what the hub keeps for itself, is told on the way.
  @Test func invariant10AHubHandsOnWhatTheRegionSignedForToItsAuthorAlone() async throws {
    let hub = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let chengguan = try offices.enrolled("540102", "城关区局", by: hub)
    let linzhou = try offices.enrolled("540121", "林周县局", by: hub)
    _ = try await sync(hub, region)
    for node in [chengguan, linzhou] { _ = try await sync(node, hub) }
    let id = try chengguan.addTraining("城关的")
    try linzhou.addTraining("林周的")
    try hub.addTraining("市局自己的")
    for node in [chengguan, linzhou] { _ = try await sync(node, hub) }
    _ = try await sync(hub, region)
    _ = try await sync(chengguan, hub)
    let lines = try chengguan.store.read { try $0.receiptLines(by: region.facts.node) }
    let records = lines.filter { $0.log.node == chengguan.facts.node && $0.log.space.section == .records }
    #expect(records.count == 1)
    let holders = try chengguan.store.read { snapshot in
      let change = try #require(try snapshot.updated(snapshot.record(prefix: id))).dot.change
      return try HolderIndex(snapshot).holders(of: change)
    }
    #expect(Set(holders) == [hub.facts.node, region.facts.node])
    let own = try chengguan.status(division: nil)
    #expect(own.unsent == 0)
    let texts = try chengguan.store.read {
      try $0.receiptTexts(by: region.facts.node, limit: 100, bytes: .max)
    }
    let named = Set(try texts.flatMap { try Receipt(encoded: $0).heads.map(\.log.space.division) })
    #expect(named == [chengguan.facts.division])
    // It is handed on once: then nothing is asked for any more.
    let port = try StorePort(
      chengguan, peer: TrustedPeer(chain: hub.identity.chain.map(\.der), node: chengguan), isInitiator: true)
    #expect(try port.hello(watches: false).unreceiptedAbove.isEmpty)
    try chengguan.addTraining("又一场")
    #expect(try port.hello(watches: false).unreceiptedAbove.map(\.log) == records.map(\.log))
    for node in [hub, chengguan] { #expect(try node.verify().problems.isEmpty) }
  }

  /// Of what may be handed on no more is read than finds room: the newest first, and one too large keeps none out.
  @Test func noMoreReceiptsAreReadThanFindRoom() throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    var log = ForkedLog(author: lhasa, epoch: 3)
    let step = try log.grow(after: nil)
    try region.take([log.batch(after: nil, to: step)])
    let head = log.head(of: step)
    let sizes = [10, 2000, 20, 30, 5000, 40]
    try region.store.write { commit in
      for (number, size) in sizes.enumerated() {
        let signer = NodeID(Hash256(hashing: [UInt8(number)]))
        // As many heads as make it that long: those of logs that nobody holds say nothing.
        let heads =
          [head]
          + (0..<size / 10).map { other in
            LogHead(
              log: LogID(node: signer, space: head.log.space, epoch: UInt64(other)), n: 1,
              hash: Hash256(hashing: [UInt8(other % 256)]), time: 0)
          }
        let receipt = try Receipt(signer: signer, time: Int64(number), heads: heads) {
          try region.identity.key.sign($0)
        }
        try commit.keep(
          StoredReceipt(signer: signer, at: Int64(number), heads: heads, bytes: receipt.encoded))
      }
    }
    func read(limit: Int, bytes: Int) throws -> [[Int64]] {
      var looked: [Int64] = []
      let texts = try region.store.read {
        try $0.texts(
          of: try $0.receipts(naming: head.log.node, butOf: []), limit: limit, bytes: bytes
        ) {
          looked.append($0.time)
          return $0.time != 3
        }.texts
      }
      return [try texts.map { try Receipt(encoded: $0).time }, looked]
    }
    #expect(try read(limit: 10, bytes: 4000) == [[5, 2, 0], [5, 3, 2, 0]])
    #expect(try read(limit: 2, bytes: .max) == [[5, 4], [5, 4]])
    #expect(try read(limit: 10, bytes: 0) == [[], []])
  }
}
