import Ledger
import Store
import Wire

@testable import Node

/// Invariant 10: no peer is sent, and nobody holds, what lies outside its reading scope.
enum Confidentiality {
  /// What is on the wire, by the cast's own account of who may read what.
  static func complaints(about message: Message, from: Int, to: Int) -> [String] {
    let logs: [LogID]
    switch message {
    case .changes(let frame): logs = frame.batches.map(\.log)
    case .offer(let offer):
      // Its receipts are the reader's own.
      logs = offer.ranges.map(\.log)
    case .held(let held): logs = held.map(\.log)
    case .hello(let hello): logs = hello.unreceipted.map(\.log)
    case .done(let done) where !done.receipt.isEmpty:
      guard let receipt = try? Receipt(encoded: done.receipt) else {
        return ["invariant 10: \(Cast.roles[from].name) said a receipt that cannot be read"]
      }
      logs = receipt.heads.map(\.log)
    default: logs = []
    }
    // What a rogue made up about a division that is not his own says nothing of it.
    return logs.filter { !Cast.mayRead(to, $0.space) && Cast.mayRead(from, $0.space) }.map {
      "invariant 10: \(Cast.roles[from].name) told \(Cast.roles[to].name) of \($0)"
    }
  }

  static func complaints(_ world: World) throws -> [String] {
    try world.nodes.enumerated().flatMap { role, node in
      try node.store.read { try $0.offer(after: 0, scope: { _ in true }, excluding: nil) }
        .filter { !Cast.mayRead(role, $0.log.space) }
        .map { "invariant 10: \(Cast.roles[role].name) holds \($0.log)" }
    }
  }
}
