import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// What sticks tell of a clock is noted of the one that was made last, whether it brings anything or not.
@Suite struct StickClockTests {
  private static let day: Int64 = 86_400_000
  private let offices: TestOffices
  private let folder = TemporaryFolder()
  private let clock = OffsetClock()
  private let office: LocalNode
  private var region: LocalNode { offices.region }

  init() throws {
    offices = try TestOffices()
    let made = try offices.enrolled("540100", "拉萨市局")
    var surroundings = Surroundings.system
    surroundings.now = { [clock] in clock.now }
    office = try LocalNode(opening: made.store.folder, surroundings: surroundings)
    try take(from: offices.region, to: office)
    try office.addTraining("会")
  }

  private func stick() throws -> String {
    let path = folder.path + "/\(clock.now)-\(Int.random(in: 0 ... .max)).tzb"
    _ = try office.makeBundle(for: region.facts.node.description, sinceLast: true, to: path)
    return path
  }

  private func take(_ path: String) throws {
    let report = try region.merge([path], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.sources.first?.error == nil)
  }

  private func take(from maker: LocalNode, to taker: LocalNode) throws {
    let path = folder.path + "/down.tzb"
    _ = try maker.makeBundle(for: taker.facts.node.description, sinceLast: true, to: path)
    _ = try taker.merge([path], decide: nil, operatorName: "", progress: { _ in })
  }

  private var noted: Int64? {
    get throws { try region.store.read { try $0.peer(node: office.facts.node)?.leastDrift } }
  }

  @Test func oneThatBringsNothingTellsOfAClockThatWentWrong() throws {
    try take(stick())
    #expect(try noted == nil)
    try take(from: region, to: office)
    clock.set(10 * StickClockTests.day)
    try take(stick())
    let drift = try #require(try noted)
    #expect((9 * StickClockTests.day...10 * StickClockTests.day).contains(drift))
  }

  @Test func oneThatBringsNothingTellsOfAClockThatWasSetRight() throws {
    clock.set(10 * StickClockTests.day)
    let late = try stick()
    try take(late)
    #expect(try noted != nil)
    try take(from: region, to: office)
    clock.set(0)
    try take(stick())
    #expect(try noted == nil)
    // The same stick once more is of a day that is over.
    try take(late)
    #expect(try noted == nil)
  }
}
