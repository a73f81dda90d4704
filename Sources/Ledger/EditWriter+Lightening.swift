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
    /// How many other logs these are of, with those of former deletions.
    public var logsLeft: Int
    /// How many logs one change refers to.
    public var logLimit: Int

    /// Whether what is left can be deleted by one change.
    public var suffices: Bool { left <= limit && logsLeft <= logLimit }
  }

  /// What goes before a deletion where more writes live than one change can name, or writes of more logs: elements of sets are
  /// taken off, and a count's increments go into its base, which leaves its value as it is; largest cells first. Of registers,
  /// groups and counts whose bases contradict each other none can go.
  ///
  /// - Parameters:
  ///   - limit: how many writes may be left.
  ///   - piece: how many one change takes off at most.
  ///   - logs: how many other logs one change refers to, 1 or more.
  public func lightening(
    to limit: Int = EditWriter.mostNamed, by piece: Int = EditWriter.pieceCount,
    logs logLimit: Int = ContentLimits.logs
  ) -> Lightening {
    var counts = LogCounts(state, besides: log)
    var lightening = Lightening(
      left: state.livingDots.count, limit: limit, logsLeft: counts.count, logLimit: logLimit)
    guard !lightening.suffices else { return lightening }
    let size = PieceSize(writes: piece, logs: logLimit, own: log)
    let cells = state.cells.filter { $0.sort == .set || $0.sort == .tally }
    for cell in cells.sorted(by: { ($0.writes.count, $1.place) > ($1.writes.count, $0.place) }) {
      // The first one's base takes the place of the own log's, and each later one's that of the first.
      var added =
        cell.sort == .set ? 0 : 1 - cell.writes.count { $0.increment == nil && $0.dot.change.log == log }
      let pieces = cell.sort == .set ? withoutElements(cell, by: size) : counted(cell, by: size)
      for write in pieces where !lightening.suffices {
        let rest = counts.without(write.supersedes)
        // One that takes off no more than it adds goes round in a circle.
        let helps =
          lightening.left > limit && write.supersedes.count > added
          || lightening.logsLeft > logLimit && rest.count < counts.count
        if !helps {
          // A later base counts what the earlier ones took off.
          if cell.sort == .tally { break }
          continue
        }
        lightening.left -= write.supersedes.count - added
        counts = rest
        lightening.logsLeft = counts.count
        added = 0
        lightening.writes.append(write)
      }
    }
    return lightening
  }

  private func withoutElements(_ cell: RecordState.Cell, by size: PieceSize) -> [CellWrite] {
    size.pieces(of: cell.writes).map {
      CellWrite(cell: cell.number, content: .elements([]), supersedes: named($0))
    }
  }

  private func counted(_ cell: RecordState.Cell, by size: PieceSize) -> [CellWrite] {
    let shown = cell.shown(rule: .latest, rank: { _ in 0 })
    guard Set(shown.entries.map(\.content)).count <= 1,
      !cell.writes.contains(where: { $0.content.isCandidates })
    else { return [] }
    var total: Int64 = 0
    if case .tallyBase(.integer(let base))? = shown.shown { total = base }
    var bases = cell.writes.filter { $0.increment == nil && $0.dot.change.log != log }
    return size.pieces(of: cell.writes.filter { $0.increment != nil }, beside: bases).map { piece in
      for write in piece {
        let (sum, overflow) = total.addingReportingOverflow(write.increment ?? 0)
        total = overflow ? (total < 0 ? .min : .max) : sum
      }
      defer { bases = [] }
      return CellWrite(
        cell: cell.number, content: .tallyBase(.integer(total)), supersedes: named(bases + piece))
    }
  }

  private func named(_ writes: [RecordState.LivingWrite]) -> [Dot] { writes.map { local($0.dot) }.sorted() }
}

/// How many writes a deletion would name, by the log that they are of.
private struct LogCounts {
  private var writes: [LogID: Int] = [:]

  init(_ state: RecordState, besides own: LogID) {
    // Those of former deletions stay.
    let former = state.cell(CellWrite.existenceCell, .existence)?.writes.map(\.dot) ?? []
    for dot in state.livingDots + former where dot.change.log != own {
      writes[dot.change.log, default: 0] += 1
    }
  }

  var count: Int { writes.count }

  func without(_ dots: [Dot]) -> LogCounts {
    var left = self
    for dot in dots {
      guard let count = left.writes[dot.change.log] else { continue }
      left.writes[dot.change.log] = count > 1 ? count - 1 : nil
    }
    return left
  }
}

/// How much one change takes off.
private struct PieceSize {
  let writes: Int
  /// How many other logs it refers to.
  let logs: Int
  let own: LogID

  /// - Parameter beside: what the first piece names as well; nothing is taken off where there is no room for that.
  func pieces(
    of all: [RecordState.LivingWrite], beside: [RecordState.LivingWrite] = []
  ) -> [[RecordState.LivingWrite]] {
    var named = Set(beside.map(\.dot.change.log).filter { $0 != own })
    guard named.count <= logs else { return [] }
    var pieces: [[RecordState.LivingWrite]] = []
    var piece: [RecordState.LivingWrite] = []
    // In the order of their logs: what goes of a log goes together.
    for write in all.sorted(by: { $0.dot < $1.dot }) {
      let log = write.dot.change.log
      let isNew = log != own && !named.contains(log)
      if piece.count == writes || isNew && named.count == logs {
        pieces.append(piece)
        (piece, named) = ([], [])
      }
      if log != own { named.insert(log) }
      piece.append(write)
    }
    return piece.isEmpty ? pieces : pieces + [piece]
  }
}

extension RecordState.LivingWrite {
  fileprivate var increment: Int64? {
    if case .tallyIncrement(let step) = content { step } else { nil }
  }
}
