import Ledger
import Store

@testable import Node

/// Invariant 7: what was done, done again, changes nothing.
enum Idempotence {
  static func complaints(of node: LocalNode, doing again: () throws -> Void) throws -> [String] {
    func account() throws -> (Hash256, Int) {
      try node.store.read { (try $0.fingerprint(scope: { _ in true }), try $0.changeCount()) }
    }
    let before = try account()
    try again()
    return try account() == before ? [] : ["invariant 7: \(node.facts.name) changed by a repeated bundle"]
  }
}
