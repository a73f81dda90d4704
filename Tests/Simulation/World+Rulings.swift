import Campaign
import Ledger
import Store

@testable import Node

/// What the region says of offices, kept beside what the stores make of it.
extension World {
  /// Lets the region speak, and notes what it said and what it held then.
  /// - Parameter speak: returns whether it said anything.
  func rule(_ word: Ruling.Word, on role: Int, by speak: () throws -> Bool) throws {
    let region = nodes[0]
    let node = nodes[role].facts.node
    let honoured = try region.store.read { try $0.heads(of: node) }
    let held = try records.indices.map { try seen(of: $0, at: 0) }
    let titles = try incidents.wide.map(\.title).filter { try isInCounty($0, at: 0) }
    guard try speak(), let said = try regionNotices() else { return }
    incidents.rulings.append(
      Ruling(word: word, node: node, said: said, honoured: honoured, held: held, titles: Set(titles)))
  }

  /// The region's own notices, as far as they go.
  func regionNotices() throws -> LogHead? {
    let region = nodes[0]
    return try region.store.read { snapshot in
      let log = try region.ownLog(Space(division: region.facts.division, section: .notices), snapshot)
      return try snapshot.heads(of: region.facts.node).first { $0.log == log }
    }
  }

  func holds(_ head: LogHead, at role: Int) throws -> Bool {
    try nodes[role].store.read { try $0.vouched([head]) } == [head]
  }

  /// What is taken back from an office as far as a computer has heard. Where the region was set back, what it had said
  /// may not stand any more: then nothing.
  func standing(on node: NodeID, heardBy role: Int) throws -> [Ruling] {
    guard !restored.contains(0) else { return [] }
    return Ruling.standing(
      try incidents.rulings.filter { try $0.node == node && holds($0.said, at: role) })
  }

  func isInCounty(_ title: String, at role: Int) throws -> Bool {
    try views(titled: title, at: role).contains { $0.space.division.description == Cast.county }
  }

  /// While offices are still revoked or narrowed: all others meet, and what was taken back counts nowhere.
  func judgeRulings() throws {
    guard !restored.contains(0), !Ruling.standing(incidents.rulings).isEmpty else { return }
    try meet(rounds: 3, tidies: true)
    for text in try Withdrawn.complaints(self) { complain(text) }
  }
}
