import Store

@testable import Node

/// Invariant 6: every chain, signature and derived state holds, at everybody.
enum Intact {
  static func complaints(_ world: World) throws -> [String] {
    try world.nodes.flatMap { node in
      try node.verify().problems.map { "invariant 6: \(node.facts.name): \($0.problem) at \($0.log) \($0.n)" }
    }
  }
}
