import Ledger
import Store

@testable import Node

/// Invariant 3: nothing that an honest computer wrote is left set aside; invariant 5: everything is that a rogue sent, and
/// nothing came of it.
enum SetAside {
  static func complaints(_ world: World) throws -> [String] {
    let rogue = Set(world.attempts.flatMap(\.logs))
    var refused: Set<LogID> = []
    var found: [String] = []
    for node in world.nodes {
      let name = node.facts.name
      for line in try node.store.read({ try $0.quarantine() }) {
        if rogue.contains(line.log) {
          refused.insert(line.log)
        } else {
          found.append("invariant 3: \(name) has set aside \(line.log) from \(line.n) on: \(line.reason)")
        }
      }
      for attempt in world.attempts {
        found += try complaints(attempt, node).map { "invariant 5: at \(name) \(attempt.deed): \($0)" }
      }
    }
    for role in world.nodes.indices where try !world.views(titled: Rogue.title, at: role).isEmpty {
      found.append("invariant 5: \(Cast.roles[role].name) shows what a rogue wrote")
    }
    world.coverage.note(
      .forkedLog, times: try world.nodes[0].store.read { try $0.forkedLogs() }.count { !rogue.contains($0) })
    world.coverage.note(
      .rogueFrameRefused, times: world.attempts.count { !refused.isDisjoint(with: $0.logs) })
    return found
  }

  private static func complaints(_ attempt: Rogue.Attempt, _ node: LocalNode) throws -> [String] {
    try node.store.read { snapshot in
      switch attempt.deed {
      case .writesElsewhere, .strips:
        try snapshot.offer(after: 0, scope: { _ in true }, excluding: nil).map(\.log)
          .filter(attempt.logs.contains).map { "\($0) stands" }
      case .branches:
        try attempt.logs.flatMap { log in
          try snapshot.heads(of: log.node).filter { $0.log == log }.map { "\($0.log) counts to \($0.n)" }
        }
      case .redacts:
        try attempt.erased.filter { try !snapshot.erasedLeaves(of: $0).isEmpty }.map { "\($0) is erased" }
      // That nobody counts again by it shows when the region reinstates all.
      case .releases: []
      }
    }
  }
}
