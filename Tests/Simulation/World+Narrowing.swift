import Campaign
import Ledger
import Store
import Trust

@testable import Node

/// An office of the prefecture is left its own division, and given back the counties below; meanwhile it writes there.
extension World {
  private static let narrowable = 1...2

  func narrowOrWrite() throws {
    let role = Int.random(in: World.narrowable, using: &chances)
    do {
      switch Int.random(in: 0..<6, using: &chances) {
      case 0: try assign(role, .nothing)
      case 1: try assign(role, .allBelow)
      case 2: nodes[role].tidyUp()
      default: try writeInCounty(Int.random(in: 0...2, using: &chances))
      }
    } catch let error as NodeError {
      note("refused: \(error)")
    }
  }

  private func assign(_ role: Int, _ reach: LocalNode.Assignment.Reach) throws {
    let isNarrower = reach == .nothing
    try rule(isNarrower ? .narrowed : .widened, on: role) {
      try nodes[0].assign(nodes[role].facts.node.description, .init(reach: reach)).isNew
    }
    if isNarrower { coverage.note(.narrowing) }
    note("\(Cast.roles[role].name) is assigned \(reach)")
  }

  private func writeInCounty(_ role: Int) throws {
    incidents.count += 1
    let title = "区\(incidents.count)号"
    _ = try nodes[role].add(
      kind: "training", division: Cast.county, isNotice: false,
      operations: [
        .set("title", to: title), .set("date", to: "2025-09-12"), .set("plan_items", to: "4.2"),
        .set("organiser", to: "市场监管局"), .set("topic", to: "standards"),
      ], operatorName: "")
    incidents.wide.append((title, role))
    note("\(Cast.roles[role].name) writes \(title)")
  }

  /// In the end everybody has what it had, so that everything that anybody wrote counts.
  func giveBackAll() throws {
    guard incidents.hasNarrowed else { return }
    try meet(rounds: 2, tidies: true)
    for role in World.narrowable { try assign(role, .allBelow) }
    try meet(rounds: 3, tidies: true)
    for role in nodes.indices where role != 3 {
      let covered = nodes[role].identity.chain.first?.office?.scope.covered.map(\.description) ?? []
      if !covered.contains(Cast.county) { complain("\(Cast.roles[role].name) has not got back what it had") }
    }
    guard restored.isEmpty else { return }
    for wide in incidents.wide where try views(titled: wide.title, at: 0).isEmpty {
      complain("\(wide.title) does not count though nobody is narrowed")
    }
  }
}
