import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// Receipts that come by way of a hub's sticks.
@Suite struct StickReceiptTests {
  private let offices: TestOffices
  private let folder = TemporaryFolder()
  private let hub: LocalNode
  private let county: LocalNode
  private let other: LocalNode

  init() throws {
    offices = try TestOffices()
    hub = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    county = try offices.enrolled("540121", "林周县局", by: hub)
    other = try offices.enrolled("540122", "当雄县局", by: hub)
  }

  private func carry(_ maker: LocalNode, _ taker: LocalNode) throws {
    let path = folder.path + "/\(UUID())"
    _ = try maker.makeBundle(for: taker.facts.node.description, sinceLast: true, to: path)
    let report = try taker.merge([path], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.sources.map { $0.error == nil } == [true])
  }

  /// - Returns: who has signed for the records that `author` wrote, as far as `node` knows.
  private func signers(of author: LocalNode, at node: LocalNode) throws -> Set<NodeID> {
    try Set(
      node.store.read { try $0.receiptLines() }
        .filter { $0.log.node == author.facts.node && $0.log.space.section == .records }.map(\.signer))
  }

  /// Invariant 10: what the region signed comes down by the hub to who wrote it, and names nothing of other counties.
  @Test func invariant10AHubsStickBringsWhatTheRegionSignedToItsAuthorAlone() throws {
    let region = offices.region
    for office in [county, other] {
      try office.addTraining("一")
      try carry(office, hub)
    }
    try carry(hub, region)
    try carry(region, hub)
    for (own, another) in [(county, other), (other, county)] {
      try carry(hub, own)
      #expect(try signers(of: own, at: own) == [hub.facts.node, region.facts.node])
      #expect(try signers(of: another, at: own) == [])
      let texts = try own.store.read { snapshot in
        try [region, hub].flatMap {
          try snapshot.receiptTexts(by: $0.facts.node, limit: .max, bytes: .max)
        }
      }
      let division = own.facts.division
      #expect(
        try texts.flatMap { try Receipt(encoded: $0).heads.map(\.log.space) }
          .allSatisfy { $0.division == division || $0.section == .notices })
      #expect(try own.verify().problems == [])
    }
    // What the region loses it does not go on saying by the hub.
    _ = try region.backup(to: folder.path + "/b")
    try county.addTraining("二")
    try carry(county, hub)
    try carry(hub, region)
    try carry(region, hub)
    let back = try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/back")
    try carry(back, hub)
    try carry(hub, county)
    let lines = try county.store.read { try $0.receiptLines(by: region.facts.node) }
    #expect(
      lines.filter { $0.log.node == county.facts.node && $0.log.space.section == .records }.map(\.n) == [1])
  }

  /// The region signed for two records of a county, went back to before the second, and told the hub by a stick.
  ///
  /// - Returns: the region as it is since.
  private func regionThatLost() throws -> LocalNode {
    let region = offices.region
    for title in ["一", "二"] {
      for office in [county, other] {
        try office.addTraining(title)
        try carry(office, hub)
      }
      try carry(hub, region)
      try carry(region, hub)
      for office in [county, other] { try carry(hub, office) }
      if title == "一" { _ = try region.backup(to: folder.path + "/b") }
    }
    #expect(try signedByRegion(of: county, at: county) == [2])
    let back = try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/back")
    try carry(back, hub)
    #expect(try signedByRegion(of: county, at: hub) == [1])
    return back
  }

  /// - Returns: up to which of an author's changes the region has signed for them, as far as `node` knows.
  private func signedByRegion(of author: LocalNode, at node: LocalNode) throws -> [UInt64] {
    try node.store.read { try $0.receiptLines(by: offices.region.facts.node) }
      .filter { $0.log.node == author.facts.node && $0.log.space.section == .records }.map(\.n)
  }

  /// Invariant 10: a receipt of the region that it took back is taken back at who wrote it too, however that hears of it.
  @Test(arguments: [false, true]) func invariant10AHubTellsWhatTheRegionHasLost(byLink: Bool) async throws {
    let back = try regionThatLost()
    let path = folder.path + "/\(UUID())"
    if byLink {
      let (_, told) = try await sync(hub, county)
      #expect(told.takenBack == [TakenBack(office: back.facts.name, count: 1, teller: "拉萨市局")])
      // It is said once.
      #expect(try await sync(hub, county).b.takenBack == [])
    } else {
      _ = try hub.makeBundle(for: county.facts.node.description, sinceLast: true, to: path)
      for taken in [[TakenBack(office: back.facts.name, count: 1, teller: "拉萨市局")], []] {
        let report = try county.merge([path], decide: nil, operatorName: "", progress: { _ in })
        #expect(report.sources.map(\.takenBack) == [taken])
      }
    }
    #expect(try signedByRegion(of: county, at: county) == [1])
    // Another county, which heard nothing of it yet, tells this one nothing, and is told by none of its kind.
    #expect(try await sync(other, county).a.takenBack == [])
    #expect(try signedByRegion(of: other, at: other) == [2])
    // The hub brings it there again, and the region's receipt comes down.
    try carry(hub, back)
    try carry(back, hub)
    try carry(hub, county)
    #expect(try signedByRegion(of: county, at: county) == [2])
    if !byLink {
      // An older stick of the hub's takes nothing back.
      let report = try county.merge([path], decide: nil, operatorName: "", progress: { _ in })
      #expect(report.sources.map(\.takenBack) == [[]])
      #expect(try signedByRegion(of: county, at: county) == [2])
    }
    for node in [county, hub, back] { #expect(try node.verify().problems == []) }
  }

  /// A word speaks of what may be read on both sides. Who reads more than the teller is told nothing, and believes nothing.
  @Test func aWordSaysNothingToWhoReadsMoreThanItsTeller() async throws {
    _ = try regionThatLost()
    _ = try offices.region.assign(
      hub.facts.node.description, .init(division: "540100", reach: .nothing))
    try await met(hub, offices.region)
    #expect(try await sync(hub, county).b.takenBack == [])
    #expect(try signedByRegion(of: county, at: county) == [2])
  }

  /// Invariant 10: a hub that lies about the region's word hides nothing that the region signs or loses later.
  @Test func invariant10AFalseWordHidesNoLaterLoss() throws {
    let region = offices.region
    func bring(_ title: String) throws {
      try county.addTraining(title)
      try carry(county, hub)
      try carry(hub, region)
      try carry(region, hub)
      try carry(hub, county)
    }
    try bring("一")
    _ = try region.backup(to: folder.path + "/b")
    let teller = try #require(hub.identity.chain.first?.office)
    for last in [SigningTime(term: UInt64(Int64.max), time: .max), SigningTime(term: 0, time: .max)] {
      let taken = try county.store.write { commit in
        let authority = try Authority(commit.snapshot, identity: county.identity)
        let word = WholeWord(signer: region.facts.node, signing: last)
        return try county.takeBack(by: [word], named: [], told: teller, authority, in: commit)
      }
      #expect(taken.changes == (last.term > 0 ? 1 : 0))
    }
    try bring("二")
    #expect(try signedByRegion(of: county, at: county) == [2])
    let back = try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/back")
    try carry(back, hub)
    try carry(hub, county)
    #expect(try signedByRegion(of: county, at: county) == [1])
  }
}
