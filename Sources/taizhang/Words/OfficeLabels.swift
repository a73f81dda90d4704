import Ledger
import Store

/// What offices are called where people read it: by name, and where another office has the same one with the division
/// before it, as commands take it (`540102/城关区局`); with the node where that does not tell them apart either.
struct OfficeLabels {
  private let texts: [NodeID: String]

  init(_ snapshot: Snapshot) throws {
    var texts = try snapshot.officeNames()
    let offices = try snapshot.offices()
    for (name, called) in Dictionary(grouping: offices, by: \.name) {
      // Several computers of one office are one.
      guard Set(called.map(OfficeLabels.office)).count > 1 else { continue }
      for (division, here) in Dictionary(grouping: called, by: \.division) {
        let isPlain = Set(here.map(OfficeLabels.office)).count == 1
        for row in here {
          let node = isPlain ? "" : " \(row.node.description.prefix(12))"
          texts[row.node] = "\(division)/\(name)\(node)"
        }
      }
    }
    self.texts = texts
  }

  /// By names alone, where the rest cannot be read.
  init(_ names: [NodeID: String]) { texts = names }

  private static func office(_ row: OfficeRow) -> String {
    row.officeID.isEmpty ? row.node.description : row.officeID
  }

  subscript(_ node: NodeID) -> String { texts[node] ?? String(node.description.prefix(12)) }
}
