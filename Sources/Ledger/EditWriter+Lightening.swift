extension EditWriter {
  /// So many writes one deletion names; `ContentLimits.parts` leaves room for no more than a few others beside them.
  public static let mostNamed = 60_000
  /// So many are taken off by one change before.
  private static let pieceCount = 30_000

  /// What goes before a deletion where more writes live than one change can name: elements of sets are taken off, and a
  /// count's increments go into its base, which leaves its value as it is.
  ///
  /// - Parameter limit: how many writes may be left.
  /// - Returns: writes of which each is a change of its own, largest cells first. Of registers, groups and counts whose bases
  ///   contradict each other none can go.
  public func lightening(to limit: Int = EditWriter.mostNamed) -> [CellWrite] {
    var excess = state.livingDots.count - limit
    guard excess > 0 else { return [] }
    var writes: [CellWrite] = []
    let cells = state.cells.filter { $0.sort == .set || $0.sort == .tally }
    for cell in cells.sorted(by: { ($0.writes.count, $1.place) > ($1.writes.count, $0.place) })
    where excess > 0 {
      let pieces = cell.sort == .set ? withoutElements(cell) : counted(cell)
      for piece in pieces where excess > 0 {
        excess -= piece.supersedes.count
        writes.append(piece)
      }
    }
    return writes
  }

  private func withoutElements(_ cell: RecordState.Cell) -> [CellWrite] {
    pieces(of: cell.writes).map {
      CellWrite(cell: cell.number, content: .elements([]), supersedes: named($0))
    }
  }

  private func counted(_ cell: RecordState.Cell) -> [CellWrite] {
    let shown = cell.shown(rule: .latest, rank: { _ in 0 })
    guard Set(shown.entries.map(\.content)).count <= 1 else { return [] }
    var total: Int64 = 0
    if case .tallyBase(.integer(let base))? = shown.shown { total = base }
    var bases = cell.writes.filter { $0.increment == nil && $0.dot.change.log != log }
    return pieces(of: cell.writes.filter { $0.increment != nil }).map { piece in
      for write in piece {
        let (sum, overflow) = total.addingReportingOverflow(write.increment ?? 0)
        total = overflow ? (total < 0 ? .min : .max) : sum
      }
      defer { bases = [] }
      return CellWrite(
        cell: cell.number, content: .tallyBase(.integer(total)), supersedes: named(bases + piece))
    }
  }

  private func pieces(of writes: [RecordState.LivingWrite]) -> [[RecordState.LivingWrite]] {
    stride(from: 0, to: writes.count, by: EditWriter.pieceCount).map {
      Array(writes[$0...].prefix(EditWriter.pieceCount))
    }
  }

  private func named(_ writes: [RecordState.LivingWrite]) -> [Dot] { writes.map { local($0.dot) }.sorted() }
}

extension RecordState.LivingWrite {
  fileprivate var increment: Int64? {
    if case .tallyIncrement(let step) = content { step } else { nil }
  }
}
