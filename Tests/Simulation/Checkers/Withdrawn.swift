import Ledger
import Store

@testable import Node

/// Invariants 1, 3 and 5 while offices are revoked and narrowed: who may still speak has heard of it, counts of those
/// offices what the region held when it said so and nothing else, and all of them show the same.
enum Withdrawn {
  static func complaints(_ world: World) throws -> [String] {
    let rulings = Ruling.standing(world.incidents.rulings)
    let revoked = rulings.filter { $0.word == .revoked }.map(\.node)
    let roles = world.nodes.indices.filter { !revoked.contains(world.nodes[$0].facts.node) }
    let accounts = try world.accounts { record, operation in
      let author = world.nodes[operation.author].facts.node
      guard let ruling = rulings.first(where: { $0.word == .revoked && $0.node == author }) else {
        return true
      }
      return record < ruling.held.count && ruling.held[record].contains(operation.index)
    }
    world.coverage.note(
      .revokedWriteUncounted,
      times: accounts.reduce(0) { $0 + world.records[$1.index].operations.count - $1.model.countedCount })
    return try rulings.flatMap { try complaints(world, $0, roles) }
      + Convergence.complaints(world, among: roles) { role, division in
        !rulings.contains {
          $0.word == .narrowed && $0.node == world.nodes[role].facts.node && division == Cast.county
        }
      }
      + NothingLost.complaints(world, accounts, among: roles)
  }

  private static func complaints(_ world: World, _ ruling: Ruling, _ roles: [Int]) throws -> [String] {
    var found: [String] = []
    for role in roles where world.nodes[role].facts.node != ruling.node {
      let name = Cast.roles[role].name
      guard try world.holds(ruling.said, at: role) else {
        found.append("invariant 5: \(name) has not heard that somebody was \(ruling.word)")
        continue
      }
      for head in try world.nodes[role].store.read({ try $0.heads(of: ruling.node) })
      where ruling.concerns(head.log.space.division.description) && !ruling.honours(head) {
        found.append("invariant 5: \(name) counts \(head.log) to \(head.n), though that was \(ruling.word)")
      }
      guard ruling.word == .narrowed else { continue }
      for wide in world.incidents.wide where world.nodes[wide.author].facts.node == ruling.node {
        guard !ruling.titles.contains(wide.title) else { continue }
        if role == 0 { world.coverage.note(.narrowedWriteUncounted) }
        if try world.isInCounty(wide.title, at: role) {
          found.append("invariant 5: \(name) shows \(wide.title), though its author was narrowed")
        }
      }
    }
    return found
  }
}
