internal import Ledger

/// What was erased of a record: a file that is older has it still, and must not bring it back. Who means to write such
/// a field anew edits the record.
struct RedactedCells {
  /// A cell, and the field in it where that is a group's.
  private struct Place: Hashable {
    var cell: UInt32
    var member: UInt32?
  }

  private var erased: Set<Place> = []
  /// What is left in sets of which something was erased.
  private var left: [UInt32: Set<Value>] = [:]

  /// - Parameter states: of one record: as it is, and as it was written by those who write now.
  init(_ states: [RecordState]) {
    for state in states {
      for cell in state.cells where cell.sort != .existence {
        for write in cell.writes.flatMap(\.separated) { note(write.content, cell.number) }
      }
    }
    for state in states {
      for cell in state.cells where cell.sort == .set && erased.contains(Place(cell: cell.number)) {
        left[cell.number, default: []].formUnion(
          cell.writes.flatMap(\.content.elements).filter { $0 != .erased })
      }
    }
  }

  private mutating func note(_ content: WriteContent, _ cell: UInt32) {
    switch content {
    case .register(.erased): erased.insert(Place(cell: cell))
    case .elements(let values) where values.contains(.erased): erased.insert(Place(cell: cell))
    case .group(let members):
      for member in members where member.value == .erased {
        erased.insert(Place(cell: cell, member: member.field))
      }
    default: break
    }
  }

  /// - Returns: the edits without those that could bring something back, and how many values were left out.
  func sparing(_ edits: [CellEdit]) -> (edits: [CellEdit], spared: Int) {
    guard !erased.isEmpty else { return (edits, 0) }
    var spared = 0
    var kept: [CellEdit] = []
    for edit in edits {
      switch edit {
      case .register(let cell, let value) where erased.contains(Place(cell: cell)):
        if value != .null { spared += 1 }
      case .setExactly(let cell, let elements) where erased.contains(Place(cell: cell)):
        // Which of those that are new here was erased nobody can tell; one that is gone is no matter.
        let others = left[cell] ?? []
        spared += elements.count { !others.contains($0) }
        kept.append(.setChange(cell: cell, add: [], remove: others.filter { !elements.contains($0) }))
      case .group(let cell, let members):
        let open = members.filter { !erased.contains(Place(cell: cell, member: $0.field)) }
        spared += members.count { $0.value != .null } - open.count { $0.value != .null }
        if !open.isEmpty { kept.append(.group(cell: cell, members: open)) }
      default: kept.append(edit)
      }
    }
    return (kept, spared)
  }
}

extension WriteContent {
  fileprivate var elements: [Value] {
    if case .elements(let values) = self { return values }
    return []
  }
}
