import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// An office that was assigned a place under another prefecture: its former enroller may not be given what it writes now.
@Suite struct StrandingTests {
  private let folder = TemporaryFolder()
  private let offices: TestOffices
  private let former: LocalNode
  private let next: LocalNode
  private var county: LocalNode
  private var region: LocalNode { offices.region }

  init() async throws {
    offices = try TestOffices()
    former = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    next = try offices.enrolled("540200", "日喀则市局")
    county = try offices.enrolled("540121", "林周县局", by: former)
    try county.store.write { [former] in try $0.bind(address: "127.0.0.1:1", to: former.facts.node) }
    try await sync(county, former)
    try await sync(former, region)
  }

  /// - Returns: what the region was told.
  private mutating func move() async throws -> LocalNode.Assigned {
    let assigned = try region.assign("林周县局", LocalNode.Assignment(division: "540221"))
    try await sync(former, region)
    try await sync(county, former)
    county.tidyUp()
    county = try LocalNode(opening: county.store.folder)
    #expect(county.facts.division.description == "540221")
    return assigned
  }

  @Test mutating func whatCannotGetOutIsCountedWithWhereItGoes() async throws {
    #expect(try county.stranded() == nil)
    let assigned = try await move()
    #expect(assigned.leftBehind == ["拉萨市局"])
    #expect(assigned.superiors == ["日喀则市局", "自治区"])
    try county.addTraining("移后")
    for _ in 1...2 {
      try await sync(county, former)
      let status = try county.status(division: nil)
      #expect(status.unsent == 1)
      #expect(status.stranded == Stranded(changes: 1, takers: ["自治区", "日喀则市局"]))
      #expect(status.peers.map(\.stranded) == [1])
    }
    #expect(try county.strandedCount(at: region.facts.node) == 0)
    #expect(try county.stranded(besides: [region.facts.node]) == nil)
    // A peer that nobody knows yet may be the one.
    try county.store.write { try $0.listPeer(address: "127.0.0.1:2") }
    #expect(try county.stranded() == nil)
    try county.store.write { [next] in try $0.bind(address: "127.0.0.1:2", to: next.facts.node) }
    #expect(try county.stranded() == nil)
    #expect(try county.status(division: nil).peers.map(\.stranded) == [1, 0])
    try await sync(county, region)
    #expect(try county.status(division: nil).unsent == 0)
  }

  /// Of whom no certificate is known nobody can say what may be given to it.
  @Test mutating func aPeerThatIsNotKnownMayTakeAnything() async throws {
    _ = try await move()
    try county.addTraining("移后")
    #expect(try county.stranded() != nil)
    let unknown = NodeID(Hash256(hashing: [1]))
    try county.store.write { commit in
      try commit.listPeer(address: "127.0.0.1:3")
      try commit.bind(address: "127.0.0.1:3", to: unknown)
    }
    #expect(try county.stranded() == nil)
    #expect(try county.strandedCount(at: unknown) == 0)
  }

  /// A peer that was revoked takes nothing, wherever it once stood.
  @Test func aRevokedPeerIsNoWayOut() async throws {
    _ = try region.revoke("拉萨市局", reason: "遗失")
    try await sync(county, region)
    try county.addTraining("吊销后")
    #expect(try county.stranded() == Stranded(changes: 1, takers: ["自治区"]))
    #expect(try county.strandedCount(at: former.facts.node) == 1)
    #expect(try county.stranded(besides: [region.facts.node]) == nil)
  }

  @Test mutating func aBundleGoesToWhoCertifiedItNow() async throws {
    func recipient() throws -> NodeID {
      try county.makeBundle(for: nil, sinceLast: true, to: folder.path + "/a.tzb").manifest.recipient
    }
    #expect(try recipient() == former.facts.node)
    _ = try await move()
    try county.addTraining("移后")
    #expect(try recipient() == region.facts.node)
    _ = try region.merge([folder.path + "/a.tzb"], decide: nil, operatorName: "", progress: { _ in })
    #expect(try region.ids(titled: "移后").count == 1)
  }

  /// A name or a right says nothing of who reads what.
  @Test func anOfficeThatStaysWhereItIsLeavesNobodyBehind() throws {
    let assigned = try region.assign("林周县局", LocalNode.Assignment(name: "林周县市场监管局"))
    #expect(assigned.isNew && assigned.leftBehind.isEmpty && assigned.superiors.isEmpty)
  }
}
