/// Cells that every kind has, whatever its pack says: sets of other records' ids, numbered beyond all that a pack
/// may give away. They merge as any set does, so that of a link and its removal at the same time the link stays.
public enum PairCell: UInt32, Hashable, Sendable, CaseIterable {
  /// Records of the same activity.
  case links = 1024
  /// Records that look like the same activity and are not.
  case dismissals = 1025

  /// Numbers from here on are no pack's.
  public static let firstNumber: UInt32 = 1024
}

extension RecordState {
  /// The other records that a cell names, in the order of their ids.
  public func others(_ cell: PairCell) -> [RecordID] {
    var ids: Set<RecordID> = []
    for write in self.cell(cell.rawValue, .set)?.writes ?? [] {
      guard case .elements(let values) = write.content else { continue }
      for case .record(let id) in values { ids.insert(id) }
    }
    return ids.sorted()
  }
}
