extension EditWriter {
  /// So many writes one deletion names; `ContentLimits.parts` leaves room for no more than a few others beside them.
  public static let mostNamed = 60_000
  /// So many are taken off by one change before.
  public static let pieceCount = 30_000

  /// What goes before a deletion, and whether that is enough.
  public struct Lightening: Sendable {
    /// Each is a change of its own.
    public var writes: [CellWrite] = []
    /// How many writes live behind them.
    public var left: Int
    /// How many may be left.
    public var limit: Int

    /// Whether what is left can be deleted by one change.
    public var suffices: Bool { left <= limit }
  }

  /// What goes before a deletion where more writes live than one change can name: elements of sets are taken off, and a
  /// count's increments go into its base, which leaves its value as it is; largest cells first. Of registers, groups and
  /// counts whose bases contradict each other none can go.
  ///
  /// - Parameters:
  ///   - limit: how many writes may be left.
  ///   - piece: how many one change takes off at most.
  public func lightening(to limit: Int = EditWriter.mostNamed, by piece: Int = EditWriter.pieceCount)
    -> Lightening
  {
    var lightening = Lightening(left: state.livingDots.count, limit: limit)
    guard !lightening.suffices else { return lightening }
    let cells = state.cells.filter { $0.sort == .set || $0.sort == .tally }
    for cell in cells.sorted(by: { ($0.writes.count, $1.place) > ($1.writes.count, $0.place) }) {
      // The first one's base takes the place of the own log's, and each later one's that of the first.
      var added =
        cell.sort == .set ? 0 : 1 - cell.writes.count { $0.increment == nil && $0.dot.change.log == log }
      let pieces = cell.sort == .set ? withoutElements(cell, by: piece) : counted(cell, by: piece)
      for write in pieces {
        // One that takes off no more than it adds goes round in a circle.
        guard !lightening.suffices, write.supersedes.count > added else { break }
        lightening.left -= write.supersedes.count - added
        added = 0
        lightening.writes.append(write)
      }
    }
    return lightening
  }

  private func withoutElements(_ cell: RecordState.Cell, by count: Int) -> [CellWrite] {
    pieces(of: cell.writes, by: count).map {
      CellWrite(cell: cell.number, content: .elements([]), supersedes: named($0))
    }
  }

  private func counted(_ cell: RecordState.Cell, by count: Int) -> [CellWrite] {
    let shown = cell.shown(rule: .latest, rank: { _ in 0 })
    guard Set(shown.entries.map(\.content)).count <= 1,
      !cell.writes.contains(where: { $0.content.isCandidates })
    else { return [] }
    var total: Int64 = 0
    if case .tallyBase(.integer(let base))? = shown.shown { total = base }
    var bases = cell.writes.filter { $0.increment == nil && $0.dot.change.log != log }
    return pieces(of: cell.writes.filter { $0.increment != nil }, by: count).map { piece in
      for write in piece {
        let (sum, overflow) = total.addingReportingOverflow(write.increment ?? 0)
        total = overflow ? (total < 0 ? .min : .max) : sum
      }
      defer { bases = [] }
      return CellWrite(
        cell: cell.number, content: .tallyBase(.integer(total)), supersedes: named(bases + piece))
    }
  }

  private func pieces(of writes: [RecordState.LivingWrite], by count: Int) -> [[RecordState.LivingWrite]] {
    stride(from: 0, to: writes.count, by: count).map { Array(writes[$0...].prefix(count)) }
  }

  private func named(_ writes: [RecordState.LivingWrite]) -> [Dot] { writes.map { local($0.dot) }.sorted() }
}

extension RecordState.LivingWrite {
  fileprivate var increment: Int64? {
    if case .tallyIncrement(let step) = content { step } else { nil }
  }
}
