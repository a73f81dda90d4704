import Campaign
import Foundation
import Ledger
import Store
import Trust

@testable import Node

/// A seeded generator (SplitMix64, Steele et al. 2014): a failing seed replays the whole history.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}

/// The link was cut.
struct Cut: Error {}

/// A link that breaks after so many frames, wherever the session then stands.
struct CutLink: FrameLink {
  let link: QueueLink
  let budget: Budget

  /// Frames left in both directions together.
  final class Budget: @unchecked Sendable {
    // One session runs on it; the lock keeps its two ends apart.
    private let lock = NSLock()
    private var left: Int
    init(_ frames: Int) { left = frames }
    func spend() throws {
      lock.lock()
      defer { lock.unlock() }
      guard left > 0 else { throw Cut() }
      left -= 1
    }
  }

  func send(type: UInt8, payload: [UInt8]) async throws {
    try budget.spend()
    try await link.send(type: type, payload: payload)
  }

  func receive() async throws -> (type: UInt8, payload: [UInt8])? { try await link.receive() }
}

/// The slow, obvious account of one field: a write is dead once somebody who saw it wrote over it.
struct FieldModel {
  private(set) var written: Set<String> = []
  private(set) var dead: Set<String> = []

  mutating func write(_ value: String, over seen: Set<String>) {
    written.insert(value)
    dead.formUnion(seen)
  }

  var living: Set<String> { written.subtracting(dead) }
}

/// A region and two offices in one process: real stores, sessions and bundles; a clock and a network that the
/// seed owns.
final class World {
  private(set) var nodes: [LocalNode] = []
  private var random: SeededRandom
  private let folder: TemporaryFolder
  private(set) var models: [String: FieldModel] = [:]
  private(set) var records: [String] = []
  private var counter = 0

  /// - Parameter template: folders of an enrolled region and offices, copied for this world.
  init(seed: UInt64, template: [String]) throws {
    random = SeededRandom(seed: seed)
    folder = TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    for (index, path) in template.enumerated() {
      let copy = folder.path + "/\(index)"
      try FileManager.default.copyItem(atPath: path, toPath: copy)
      nodes.append(try LocalNode(opening: copy, surroundings: skewedClock()))
    }
  }

  /// Clocks run years apart; nothing may rest on them.
  private func skewedClock() -> Surroundings {
    let skew = Int64.random(in: -100_000_000_000...100_000_000_000, using: &random)
    return Surroundings(now: { Surroundings.system.now() + skew }, random: Surroundings.system.random)
  }

  var region: LocalNode { nodes[0] }

  func step() async throws {
    let index = Int.random(in: 0..<nodes.count, using: &random)
    switch Int.random(in: 0..<12, using: &random) {
    case 0...1: if index > 0 { try record(nodes[index]) }
    case 2...6: try edit(nodes[index])
    case 7...8: if index > 0 { try await session(nodes[index], frames: 1000) }
    case 9: if index > 0 { try? await session(nodes[index], frames: Int.random(in: 0...6, using: &random)) }
    case 10: if index > 0 { try bundle(nodes[index]) }
    default: try restart(index)
    }
  }

  private func record(_ node: LocalNode) throws { records.append(try node.addTraining("第\(records.count)场")) }

  /// Someone changes the place of a record that the node holds.
  private func edit(_ node: LocalNode) throws {
    guard let id = records.randomElement(using: &random),
      let view = try node.store.read({ try $0.records(RecordID(id)!).first })
    else { return }
    counter += 1
    let value = "地点\(counter)"
    let seen = World.living(view)
    _ = try node.edit(id, operations: [.set("place", to: value)], operatorName: "")
    models[id, default: FieldModel()].write(value, over: seen)
  }

  static func living(_ view: RecordView) -> Set<String> {
    guard let kind = view.kind, let cell = kind.cell(named: "place"),
      let state = view.state.cell(cell, .register)
    else { return [] }
    return Set(
      state.writes.compactMap { write in
        if case .register(.text(let text)) = write.content { return text }
        return nil
      })
  }

  func session(_ node: LocalNode, frames: Int) async throws {
    let (linkA, linkB) = QueueLink.pair()
    let budget = CutLink.Budget(frames)
    let region = self.region
    let toRegion = try TrustedPeer(chain: region.identity.chain.map(\.der), node: node)
    let toOffice = try TrustedPeer(chain: node.identity.chain.map(\.der), node: region)
    async let left: SessionSummary = {
      defer { linkA.close() }
      var driver = try SessionDriver(
        node, link: CutLink(link: linkA, budget: budget), peer: toRegion, isInitiator: true)
      return try await driver.run()
    }()
    async let right: SessionSummary = {
      defer { linkB.close() }
      var driver = try SessionDriver(
        region, link: CutLink(link: linkB, budget: budget), peer: toOffice, isInitiator: false)
      return try await driver.run()
    }()
    // Both ends are waited for, whichever breaks first.
    let results = (try? await left, try? await right)
    guard results.0 != nil, results.1 != nil else { throw Cut() }
  }

  /// A bundle, carried twice as people do.
  private func bundle(_ node: LocalNode) throws {
    let path = folder.path + "/stick.tzb"
    _ = try node.makeBundle(
      for: region.facts.node.description, sinceLast: Bool.random(using: &random), to: path)
    for _ in 0..<2 { _ = try region.merge([path], decide: nil, operatorName: "", progress: { _ in }) }
  }

  /// The process ends and begins again.
  private func restart(_ index: Int) throws {
    nodes[index] = try LocalNode(opening: nodes[index].store.folder, surroundings: nodes[index].surroundings)
  }
}
