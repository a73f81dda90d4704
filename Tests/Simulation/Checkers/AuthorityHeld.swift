import Ledger
import Store

@testable import Node

/// Invariant 5: no replica holds as valid a change whose author lacked the scope.
enum AuthorityHeld {
  static func complaints(_ world: World) throws -> [String] {
    try world.nodes.flatMap { node in
      try node.store.read { try $0.offer(after: 0, scope: { _ in true }, excluding: nil) }.compactMap {
        range in
        guard let author = world.nodes.firstIndex(where: { $0.facts.node == range.log.node }) else {
          return "invariant 5: \(node.facts.name) holds a log of a stranger"
        }
        guard !Cast.mayWrite(author, range.log.space.division.description) else { return nil }
        return
          "invariant 5: \(node.facts.name) holds what \(Cast.roles[author].name) wrote in \(range.log.space)"
      }
    }
  }
}
