import Foundation
import Ledger
import Store
import Testing

@testable import Node

/// The whole system from one seed: invariants 1, 3, 4 and 7 of the design against a slow, independent account.
@Suite struct SimulationTests {
  static let seeds: UInt64 =
    ProcessInfo.processInfo.environment["TAIZHANG_SEEDS"].flatMap { UInt64($0) } ?? 100

  @Test func invariants1347HoldForEverySeed() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let shigatse = try offices.enrolled("540200", "日喀则市局")
    let template = [offices.region, lhasa, shigatse].map(\.store.folder)
    for seed in 0..<SimulationTests.seeds {
      let world = try World(seed: seed, template: template)
      for _ in 0..<24 { try await world.step() }
      for node in world.nodes.dropFirst() { try await world.session(node, frames: 10_000) }
      for node in world.nodes.dropFirst() { try await world.session(node, frames: 10_000) }
      try check(world, seed)
    }
  }

  private func check(_ world: World, _ seed: UInt64) throws {
    for (node, division) in zip(world.nodes.dropFirst(), ["540100", "540200"]) {
      #expect(
        try node.fingerprint(of: division) == world.region.fingerprint(of: division),
        "invariant 1, seed \(seed)")
      #expect(try node.verify().problems.isEmpty, "seed \(seed)")
    }
    #expect(try world.region.verify().problems.isEmpty, "seed \(seed)")
    for id in world.records {
      let view = try world.region.store.read { try $0.record(prefix: id) }
      let model = world.models[id]?.living ?? []
      #expect(World.living(view) == model, "invariants 3 and 4, seed \(seed), record \(id)")
      #expect((view.conflicts == ["place"]) == (model.count > 1), "seed \(seed), record \(id)")
    }
  }
}
