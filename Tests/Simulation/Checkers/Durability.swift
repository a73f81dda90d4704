import Ledger
import Store

@testable import Node

/// Invariant 2: what was reported to its author is in his store, and what somebody signed for is in that one's.
enum Durability {
  static let end = "the end"

  static func complaints(_ world: World, after moment: String) throws -> [String] {
    var found: [String] = []
    // Who was set back has everything again once he has talked to all.
    func isSetBack(_ role: Int) -> Bool { moment != end && world.restored.contains(role) }
    for (index, record) in world.records.enumerated() {
      for role in world.nodes.indices {
        let seen = try world.seen(of: index, at: role)
        for (place, operation) in record.operations.enumerated()
        where operation.author == role && !operation.mayBeLost && !seen.contains(place) && !isSetBack(role) {
          found.append(
            "invariant 2: \(Cast.roles[role].name) lost \(operation.action) of record \(index) after \(moment)"
          )
        }
      }
    }
    // What a revocation or a narrowing takes out is signed for, and held in another way.
    let incidents = world.incidents
    let isTold =
      moment == end || world.restored.isEmpty && !incidents.hasRevoked && !incidents.hasNarrowed
    return try found + (isTold ? receipts(world, after: moment) : [])
  }

  private static func receipts(_ world: World, after moment: String) throws -> [String] {
    var found: [String] = []
    for keeper in world.nodes {
      for line in try keeper.store.read({ try $0.receiptLines() }) {
        // A copied store and its original sign with one key: one of them has what was signed for.
        let signers = world.nodes.filter { $0.facts.node == line.signer }
        let head = LogHead(log: line.log, n: line.n, hash: line.hash, time: 0)
        let isHeld = try signers.contains { signer in
          try signer.store.read { try $0.vouched([head]) } == [head]
        }
        if !isHeld, let name = signers.first?.facts.name {
          found.append(
            "invariant 2: \(name) signed for \(line.head.log) to \(line.head.n) and has less after \(moment)")
        }
      }
    }
    return found
  }
}
