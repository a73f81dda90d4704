import Campaign
import Ledger
import Store
import Synchronization
import Testing

@testable import Node

/// Clocks that are wrong: by years, by a day, stepping back. What was seen decides, never a clock.
@Suite struct ClockTests {
  private final class Clock: Sendable {
    private let offset = Mutex<Int64>(0)
    var surroundings: Surroundings {
      let system = Surroundings.system
      return Surroundings(
        now: { [self] in system.now() + offset.withLock { $0 } }, random: { system.random($0) })
    }
    func set(to milliseconds: Int64) { offset.withLock { $0 = milliseconds } }
  }

  private static let day: Int64 = 86_400_000
  private static let offsets = [74 * 365 * day, -50 * 365 * day, day, -day]

  private let offices: TestOffices
  private let region: LocalNode
  private let lhasa: LocalNode
  private let clock = Clock()

  init() throws {
    offices = try TestOffices()
    region = offices.region
    let office = try offices.enrolled("540100", "拉萨市局")
    lhasa = try LocalNode(opening: office.store.folder, surroundings: clock.surroundings)
  }

  private func retitle(_ node: LocalNode, _ id: String, _ title: String) throws {
    _ = try node.edit(id, operations: [.set("title", to: title)], operatorName: "")
  }

  private func expect(_ id: String, _ title: String) throws {
    for node in [lhasa, region] {
      #expect(try node.field(id, "title") == .single(.text(title)), "\(node.facts.name)")
      #expect(try node.conflicts(RecordFilter()).isEmpty, "\(node.facts.name)")
    }
    #expect(try lhasa.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
  }

  private func times(_ id: String, by node: LocalNode) throws -> [Int64] {
    try region.store.read { snapshot in
      try snapshot.history(of: snapshot.record(prefix: id)).filter {
        $0.change.log.node == node.facts.node
      }.map(\.time)
    }
  }

  @Test(arguments: offsets)
  func invariant4AnEditBeatsWhatItSawWhateverTheClocksSay(offset: Int64) async throws {
    clock.set(to: offset)
    let id = try lhasa.addTraining("原题")
    _ = try await sync(lhasa, region)
    for (number, node) in [region, lhasa, region, lhasa].enumerated() {
      try retitle(node, id, "第\(number)次")
      _ = try await sync(lhasa, region)
      try expect(id, "第\(number)次")
    }
    // Nobody's stamp moves anybody else's clock.
    let now = Surroundings.system.now()
    for time in try times(id, by: region) { #expect(abs(time - now) < ClockTests.day / 2) }
    for time in try times(id, by: lhasa) { #expect(abs(time - now - offset) < ClockTests.day / 2) }
  }

  /// The order within a log is its numbers, though the clock be set right between two of its changes.
  @Test(arguments: offsets)
  func invariant4AClockThatStepsLeavesTheOrderOfAnOfficesOwnEdits(offset: Int64) async throws {
    let id = try lhasa.addTraining("原题")
    clock.set(to: offset)
    try retitle(lhasa, id, "表走错时")
    clock.set(to: 0)
    try retitle(lhasa, id, "表校准后")
    _ = try await sync(lhasa, region)
    try expect(id, "表校准后")
    clock.set(to: -offset)
    try retitle(lhasa, id, "又走错")
    _ = try await sync(lhasa, region)
    try expect(id, "又走错")
    #expect(try region.verify().problems.isEmpty)
  }

  /// Of two edits that did not know of each other neither is lost, whatever their stamps say.
  @Test(arguments: offsets)
  func invariant4AStampOfAnotherAgeDecidesNothingAlone(offset: Int64) async throws {
    let id = try lhasa.addTraining("原题")
    _ = try await sync(lhasa, region)
    clock.set(to: offset)
    try retitle(lhasa, id, "甲")
    try retitle(region, id, "乙")
    _ = try await sync(lhasa, region)
    for node in [lhasa, region] {
      let open = try node.conflicts(RecordFilter())
      #expect(open.map(\.field) == ["title"] && open.first?.candidates.count == 2)
    }
    _ = try region.resolve(id, field: "title", .value("定"), operatorName: "")
    _ = try await sync(lhasa, region)
    try expect(id, "定")
  }

  @Test(arguments: offsets)
  func theDriftIsToldAtBothEndsAndKeptWithThePeer(offset: Int64) async throws {
    clock.set(to: offset)
    let (own, theirs) = try await sync(lhasa, region)
    func isAbout(_ drift: Int64?, _ expected: Int64) -> Bool {
      drift.map { abs($0 - expected) < ClockTests.day / 4 } ?? false
    }
    #expect(isAbout(own.drift, -offset) && isAbout(theirs.drift, offset))
    func kept(_ node: LocalNode, of peer: LocalNode) throws -> Int64? {
      try node.store.read { try $0.peer(node: peer.facts.node)?.drift }
    }
    #expect(try isAbout(kept(lhasa, of: region), -offset) && isAbout(kept(region, of: lhasa), offset))
    // Set right, it is right with the next sync.
    clock.set(to: 0)
    _ = try await sync(lhasa, region)
    #expect(try isAbout(kept(lhasa, of: region), 0))
  }
}
