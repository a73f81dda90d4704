import Foundation
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// A stick that was long on its way: what its maker had signed for, and has lost since, does not count again.
@Suite struct LateReceiptTests {
  private static let day: Int64 = 86_400_000

  private let offices: TestOffices
  private let folder = TemporaryFolder()
  private let lhasa: LocalNode
  /// The region's clock, against the office's.
  private let offset = OffsetClock()

  init() throws {
    offices = try TestOffices()
    lhasa = try offices.enrolled("540100", "拉萨市局")
  }

  private func bundle(_ maker: LocalNode, for taker: LocalNode, isWhole: Bool = false) throws -> String {
    let path = folder.path + "/\(UUID()).tzb"
    _ = try maker.makeBundle(for: taker.facts.node.description, sinceLast: !isWhole, to: path)
    return path
  }

  /// - Returns: how many changes the maker says no more that it holds.
  @discardableResult
  private func merge(_ path: String, at taker: LocalNode) throws -> Int {
    let report = try taker.merge([path], decide: nil, operatorName: "", progress: { _ in })
    let source = try #require(report.sources.first)
    #expect(source.error == nil)
    return source.takenBack.changes
  }

  @discardableResult
  private func carry(_ maker: LocalNode, to taker: LocalNode, isWhole: Bool = false) throws -> Int {
    try merge(bundle(maker, for: taker, isWhole: isWhole), at: taker)
  }

  private var unsent: Int { get throws { try lhasa.status(division: nil).unsent } }

  /// The region as it was before the office's second record, and the stick on which it signed for both.
  private func restored() throws -> (region: LocalNode, late: String) {
    let region = offices.region
    try lhasa.addTraining("一")
    try carry(lhasa, to: region)
    _ = try region.backup(to: folder.path + "/b")
    try lhasa.addTraining("二")
    try carry(lhasa, to: region)
    let late = try bundle(region, for: lhasa)
    let offset = offset
    let back = try LocalNode.restore(
      backup: folder.path + "/b", into: folder.path + "/back",
      surroundings: Surroundings(now: { offset.now }, random: Surroundings.system.random))
    return (back, late)
  }

  /// Invariant 2: whether it was seen before or never.
  @Test(arguments: [false, true]) func invariant2WhatWasLostStaysToBeSent(isSeen: Bool) throws {
    let (region, late) = try restored()
    if isSeen {
      try merge(late, at: lhasa)
      #expect(try unsent == 0)
    }
    #expect(try carry(region, to: lhasa) == (isSeen ? 1 : 0))
    #expect(try unsent == 1)
    #expect(try merge(late, at: lhasa) == 0)
    #expect(try unsent == 1)
    // Nor does it take back what was said since.
    try carry(lhasa, to: region)
    #expect(try region.ids(titled: "二").count == 1)
    #expect(try carry(region, to: lhasa) == 0)
    #expect(try unsent == 0)
    #expect(try merge(late, at: lhasa) == 0)
    #expect(try unsent == 0)
    #expect(try lhasa.verify().problems.isEmpty)
  }

  /// Two sticks of a maker that has lost nothing, in the wrong order: the newer one's word stays.
  @Test func whatCameBackIsNotTakenBackByAnOlderStick() throws {
    let (region, late) = try restored()
    try merge(late, at: lhasa)
    let between = try bundle(region, for: lhasa)
    try carry(lhasa, to: region, isWhole: true)
    #expect(try carry(region, to: lhasa) == 0)
    #expect(try merge(between, at: lhasa) == 0)
    #expect(try unsent == 0)
  }

  /// A region whose clock was ahead when it signed is heard again as soon as it is right.
  @Test func aClockThatWasAheadShutsNobodyOut() throws {
    let (region, late) = try restored()
    try merge(late, at: lhasa)
    offset.set(300 * LateReceiptTests.day)
    #expect(try carry(region, to: lhasa) == 1)
    offset.set(0)
    try merge(late, at: lhasa)
    #expect(try unsent == 1)
    try carry(lhasa, to: region)
    try carry(region, to: lhasa)
    #expect(try unsent == 0)
  }

  /// One that names what was written here since is newer, whatever its time.
  @Test func aClockThatIsBehindShutsNobodyOut() throws {
    let (region, late) = try restored()
    try merge(late, at: lhasa)
    offset.set(-3650 * LateReceiptTests.day)
    try lhasa.addTraining("三")
    try carry(lhasa, to: region, isWhole: true)
    #expect(try unsent == 1)
    try carry(region, to: lhasa)
    #expect(try unsent == 0)
  }
}
