internal import Campaign
internal import Ledger

/// What a row takes the place of: the values that were shown when its file was made, a count's increments among them,
/// for the row has its total.
struct SeenValues: Sendable {
  private var shown: [UInt32: Set<WriteContent>] = [:]
  private var increments: Set<Dot> = []

  init(_ state: RecordState, _ kind: Kind, rank: (NodeID) -> UInt8) {
    for cell in state.cells {
      let visible = cell.shown(rule: kind.mergeRule(ofCell: cell.number), rank: rank)
      let entries = cell.sort == .set ? visible.entries[...] : visible.entries.prefix(1)
      shown[cell.number, default: []].formUnion(entries.map(\.content))
      for write in cell.writes {
        if case .tallyIncrement = write.content { increments.insert(write.dot) }
      }
    }
  }

  func contains(_ cell: UInt32, _ write: RecordState.LivingWrite) -> Bool {
    increments.contains(write.dot) || shown[cell]?.contains(write.content) == true
  }
}
