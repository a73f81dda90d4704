import Ledger
import Store

@testable import Node

/// Invariant 1: replicas with the same scope and the same changes have the same fingerprint, and tell the same story of
/// each record.
enum Convergence {
  static func complaints(_ world: World) throws -> [String] {
    try complaints(world, among: Array(world.nodes.indices)) { _, _ in true }
  }

  /// - Parameter reads: whether a role reads a division that it might by its place.
  static func complaints(
    _ world: World, among roles: [Int], where reads: (_ role: Int, _ division: String) -> Bool
  ) throws -> [String] {
    try (Cast.divisions + [Cast.county]).flatMap { division in
      let holders = roles.filter { Cast.mayWrite($0, division) && reads($0, division) }
      let prints = try holders.map { role in
        try world.nodes[role].store.read { snapshot in
          let scope = world.nodes[role].readingScope(of: DivisionCode(division), try snapshot.pack())
          return try snapshot.fingerprint { scope($0) && $0.division.description == division }
        }
      }
      let told = try holders.map { try stories(world.nodes[$0], division) }
      return zip(holders, prints).dropFirst().filter { $0.1 != prints[0] }.map { role, _ in
        "invariant 1: \(Cast.roles[role].name) and \(Cast.roles[holders[0]].name) differ in \(division)"
      }
        + zip(holders, told).dropFirst().filter { $0.1 != told[0] }.map { role, _ in
          "invariant 1: \(Cast.roles[role].name) and \(Cast.roles[holders[0]].name) tell other histories in \(division)"
        }
    }
  }

  /// What is told of each record, and whether it comes to what the record is.
  private static func stories(_ node: LocalNode, _ division: String) throws -> [String] {
    try node.store.read { snapshot in
      var stories: [String] = []
      for isDeleted in [false, true] {
        var filter = RecordFilter()
        filter.isDeleted = isDeleted
        try snapshot.forEachRecord(filter) { view in
          guard view.space.division.description == division else { return true }
          let entries = Array(try snapshot.history(of: view))
          let isWhole = entries.last?.after.encoded == view.state.encoded
          stories.append("\(view.space) \(view.id) \(isWhole) " + entries.map(line).joined(separator: " "))
          return true
        }
      }
      return stories.sorted()
    }
  }

  private static func line(_ entry: HistoryEntry) -> String {
    "\(entry.change)" + entry.writes.map { "\($0.dot) \($0.seen) \($0.unseen) \($0.settles)" }.joined()
  }
}
