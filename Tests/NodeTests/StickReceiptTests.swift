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
}
