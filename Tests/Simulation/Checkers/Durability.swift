import Ledger
import Store

@testable import Node

/// Invariant 2: what was reported to its author is in his store, and what somebody signed for is in that one's.
enum Durability {
  static func complaints(_ world: World, after moment: String) throws -> [String] {
    var found: [String] = []
    for (index, record) in world.records.enumerated() {
      for role in world.nodes.indices {
        let seen = try world.seen(of: index, at: role)
        for (place, operation) in record.operations.enumerated()
        where operation.author == role && !seen.contains(place) {
          found.append(
            "invariant 2: \(Cast.roles[role].name) lost \(operation.action) of record \(index) after \(moment)"
          )
        }
      }
    }
    return try found + receipts(world, after: moment)
  }

  private static func receipts(_ world: World, after moment: String) throws -> [String] {
    var found: [String] = []
    for keeper in world.nodes {
      for line in try keeper.store.read({ try $0.receiptLines() }) {
        guard let signer = world.nodes.first(where: { $0.facts.node == line.signer }) else { continue }
        let heads = try signer.store.read { try $0.heads(of: line.log.node) }
        if !heads.contains(where: { $0.log == line.log && $0.n >= line.n }) {
          found.append(
            "invariant 2: \(signer.facts.name) signed for \(line.log) to \(line.n) and has less after \(moment)"
          )
        }
      }
    }
    return found
  }
}
