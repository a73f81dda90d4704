import Campaign
import Foundation
import Ledger
import Replication
import Store
import Synchronization
import Testing
import Trust

@testable import Node

/// What `status` and `merge` say of what has not come and of what was changed.
@Suite struct AccountingTests {
  /// A link that breaks when so many frames of changes have come.
  private final class BreakingLink: FrameLink {
    private let link: QueueLink
    private let left: Mutex<Int>

    init(_ link: QueueLink, after frames: Int) {
      self.link = link
      left = Mutex(frames)
    }

    func send(_ frames: [(type: UInt8, payload: [UInt8])]) async throws {
      try await link.send(frames)
    }

    func receive() async throws -> (type: UInt8, payload: [UInt8])? {
      let frame = try await link.receive()
      if frame?.type == 4 {
        let isOver = left.withLock { left in
          left -= 1
          return left < 0
        }
        if isOver { throw LinkError.lost(.truncated) }
      }
      return frame
    }
  }

  private func unreceived(_ node: LocalNode, from peer: LocalNode) throws -> Int? {
    try node.store.read { try $0.peer(node: peer.facts.node)?.unreceived }
  }

  private func importLedger(_ rows: Int, into node: LocalNode) throws {
    var text = "类别,标题,日期,计划条目,组织单位,培训主题,备注\n"
    for number in 0..<rows {
      let notes = String(repeating: "记录\(number)", count: 20)
      text += "培训,第\(number)场,2025-09-10,4.2,市场监管局,standards,\(notes)\n"
    }
    let path = node.store.folder + "/a.csv"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    _ = try node.importFile(path, LocalNode.ImportOptions())
  }

  @Test func aCutSyncSaysHowManyChangesHaveNotCome() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let region = offices.region
    #expect(try unreceived(region, from: lhasa) == nil)
    try importLedger(6000, into: lhasa)
    let all = try lhasa.store.read { try $0.changeCount() }
    let (linkA, linkB) = QueueLink.pair()
    let breaking = BreakingLink(linkB, after: 1)
    let peerB = try TrustedPeer(chain: region.identity.chain.map(\.der), node: lhasa)
    let peerA = try TrustedPeer(chain: lhasa.identity.chain.map(\.der), node: region)
    async let left: SessionSummary? = {
      var driver = try SessionDriver(lhasa, link: linkA, peer: peerB, isInitiator: true)
      defer { linkA.close() }
      return try? await driver.run()
    }()
    async let right: SessionSummary? = {
      var driver = try SessionDriver(region, link: breaking, peer: peerA, isInitiator: false)
      defer { linkB.close() }
      return try? await driver.run()
    }()
    _ = try await (left, right)
    let held = try region.store.read { try $0.heads(of: lhasa.facts.node).reduce(0) { $0 + Int($1.n) } }
    #expect(held > 0 && held < all)
    #expect(try unreceived(region, from: lhasa) == all - held)
    #expect(try region.status(division: nil).peers.isEmpty, "a peer that dials is not in the list")
    _ = try await sync(lhasa, region)
    #expect(try unreceived(region, from: lhasa) == 0)
  }

  @Test func mergeCountsTheRecordsThatItChanged() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let region = offices.region
    let kept = try lhasa.addTraining("一")
    let edited = try lhasa.addTraining("二")
    _ = try await sync(lhasa, region)
    for title in ["改", "再改"] {
      _ = try lhasa.edit(edited, operations: [.set("title", to: title)], operatorName: "")
    }
    try lhasa.addTraining("三")
    _ = try region.edit(kept, operations: [.set("title", to: "区里改的")], operatorName: "")
    let stick = lhasa.store.folder + "/二.tzb"
    _ = try lhasa.makeBundle(for: nil, sinceLast: true, to: stick)
    let report = try region.merge([stick], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.recordsNew == 1 && report.recordsChanged == 1)
    let again = try region.merge([stick], decide: nil, operatorName: "", progress: { _ in })
    #expect(again.recordsNew == 0 && again.recordsChanged == 0)
  }

  /// A certificate is read when somebody asks for it, and once.
  @Test func anAuthorityReadsOnlyTheCertificatesThatAreAskedFor() throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    _ = try offices.enrolled("540200", "日喀则市局")
    try offices.region.store.read { snapshot in
      let authority = try Authority(snapshot, identity: offices.region.identity)
      #expect(authority.readCount == 0)
      #expect(authority.knows(lhasa.facts.node) && authority.readCount == 0)
      for _ in 0..<2 { #expect(authority.rights(of: lhasa.facts.node) == []) }
      #expect(authority.readCount == 1)
    }
  }
}

extension AccountingTests {
  /// An offer may claim any number of changes; sums of what it claims stay numbers.
  @Test func anOfferOfAllThatNumbersCanSayIsCounted() throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let space = Space(division: DivisionCode("540100")!, section: .records)
    let hash = Hash256(hashing: [1])
    let offer = (1...3).map {
      OfferedRange(
        log: LogID(node: lhasa.facts.node, space: space, epoch: $0), from: 1, to: UInt64(Int64.max),
        toHash: hash)
    }
    let port = try StorePort(
      offices.region, peer: TrustedPeer(chain: lhasa.identity.chain.map(\.der), node: offices.region),
      isInitiator: false)
    _ = try port.perform(.answer(offer))
    #expect(port.moved.of == Snapshot.mostCounted)
    // What is kept of it is loaded again by the next session.
    try port.noteFailure()
    try lhasa.addTraining("一")
    _ = try port.perform(.answer([]))
    #expect(
      try offices.region.store.read { try $0.peer(node: lhasa.facts.node)?.unreceived }
        == Snapshot.mostCounted)
  }
}
