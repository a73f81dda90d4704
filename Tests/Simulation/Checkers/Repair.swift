import Store

@testable import Node

/// What `doctor --repair` makes anew from the logs is what was there, at everybody, whatever the history was.
enum Repair {
  static func complaints(_ world: World) throws -> [String] {
    try world.nodes.flatMap { node -> [String] in
      let before = try node.store.read { try $0.fingerprint(scope: { _ in true }) }
      try node.store.write { try $0.rebuild() }
      let after = try node.store.read { try $0.fingerprint(scope: { _ in true }) }
      let found = try node.verify().problems.map {
        "repair: \(node.facts.name): \($0.problem) at \($0.log) \($0.n)"
      }
      return after == before ? found : found + ["repair: \(node.facts.name) is another store afterwards"]
    }
  }
}
