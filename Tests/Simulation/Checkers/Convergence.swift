import Ledger
import Store

@testable import Node

/// Invariant 1: replicas with the same scope and the same changes have the same fingerprint.
enum Convergence {
  static func complaints(_ world: World) throws -> [String] {
    try (Cast.divisions + [Cast.county]).flatMap { division in
      let holders = world.nodes.indices.filter { Cast.mayWrite($0, division) }
      let prints = try holders.map { role in
        try world.nodes[role].store.read { snapshot in
          let scope = world.nodes[role].readingScope(of: DivisionCode(division), try snapshot.pack())
          return try snapshot.fingerprint { scope($0) && $0.division.description == division }
        }
      }
      return zip(holders, prints).dropFirst().filter { $0.1 != prints[0] }.map { role, _ in
        "invariant 1: \(Cast.roles[role].name) and \(Cast.roles[holders[0]].name) differ in \(division)"
      }
    }
  }
}
