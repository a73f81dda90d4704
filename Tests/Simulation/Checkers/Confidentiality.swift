import Ledger
import Store
import Wire

@testable import Node

/// Invariant 10: no peer is sent, and nobody holds, what lies outside its reading scope.
enum Confidentiality {
  /// What is on the wire or on a stick, by the cast's own account of who may read what, and by what its sender has heard
  /// that was taken back from its reader.
  static func complaints(about message: Message, from: Int, to: Int, in world: World) throws -> [String] {
    let spaces: [Space]
    switch message {
    case .changes(let frame): spaces = frame.batches.map(\.log.space)
    case .offer(let offer):
      // Its receipts are the reader's own.
      spaces = offer.ranges.map(\.log.space)
    case .held(let held): spaces = held.map(\.log.space)
    case .hello(let hello): spaces = (hello.unreceipted + hello.unreceiptedAbove).map(\.log.space)
    case .done(let done):
      let receipts = (done.receipts + [done.receipt]).filter { !$0.isEmpty }
      let read = receipts.compactMap { try? Receipt(encoded: $0) }
      guard read.count == receipts.count else {
        return ["invariant 10: \(Cast.roles[from].name) said a receipt that cannot be read"]
      }
      spaces = read.flatMap(\.heads).map(\.log.space)
    case .attachmentRequest(let request): spaces = [request.space]
    default: spaces = []
    }
    guard !spaces.isEmpty else { return [] }
    let rulings = try world.standing(on: world.nodes[to].facts.node, heardBy: from)
    // What a rogue made up about a division that is not his own says nothing of it.
    return Set(spaces).filter { space in
      Cast.mayRead(from, space)
        && (!Cast.mayRead(to, space) || rulings.contains { $0.concerns(space.division.description) })
    }.map {
      "invariant 10: \(Cast.roles[from].name) told \(Cast.roles[to].name) of \($0) by a \(message.type)"
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
