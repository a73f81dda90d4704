/// All that merging knows of one record: for each cell its living writes, and those named writes that have
/// not arrived yet. Nothing else is kept, so equal sets of changes give equal states, byte for byte.
public struct RecordState: Hashable, Sendable {
  /// The writes that made the record (more than one where an export was imported in two places).
  public internal(set) var creations: [CreationWrite] = []
  /// Ascending by number, then sort.
  public internal(set) var cells: [Cell] = []

  public init() {}

  public struct CreationWrite: Hashable, Sendable {
    public var dot: Dot
    public var time: Int64
    public var creation: Creation
  }

  public struct Cell: Hashable, Sendable {
    public var number: UInt32
    public var sort: CellSort
    /// Living writes, ascending by dot.
    public var writes: [LivingWrite] = []
    /// Writes that some applied write of the cell names and that are not held yet, ascending.
    public var missing: [Dot] = []

    /// What cells ascend by.
    var place: UInt64 { Cell.place(number, sort) }

    static func place(_ number: UInt32, _ sort: CellSort) -> UInt64 {
      UInt64(number) << 8 | UInt64(sort.rawValue)
    }

    /// A middle edit has not arrived: no conflict is opened and no rule settles anything here.
    public var isIncomplete: Bool { !missing.isEmpty }
  }

  public struct LivingWrite: Hashable, Sendable {
    public var dot: Dot
    /// The author's wall clock, in milliseconds since 1970; it decides nothing but what is shown first.
    public var time: Int64
    /// An element of a set stands here as `.elements` of one value.
    public var content: WriteContent
    /// The dots this write itself names that are not held yet; of an element none.
    public var awaits: [Dot] = []
    /// Of a deletion: the named writes that are still living or not yet held.
    public var covers: [Dot] = []
    /// Of a deletion: the record that was made in place of this one elsewhere.
    public var heir: RecordPlace?

    public init(
      dot: Dot, time: Int64, content: WriteContent, awaits: [Dot] = [], covers: [Dot] = [],
      heir: RecordPlace? = nil
    ) {
      (self.dot, self.time, self.content) = (dot, time, content)
      (self.awaits, self.covers, self.heir) = (awaits, covers, heir)
    }
  }

  /// The creation that says what kind the record is: the one with the least time, then dot.
  public var creation: CreationWrite? {
    creations.min { ($0.time, $0.dot) < ($1.time, $1.dot) }
  }

  /// Nothing that counts has touched the record.
  public var isEmpty: Bool { creations.isEmpty && cells.isEmpty }

  public func cell(_ number: UInt32, _ sort: CellSort) -> Cell? {
    let index = lowerBound(number, sort)
    guard index < cells.count, cells[index].number == number, cells[index].sort == sort else { return nil }
    return cells[index]
  }

  func lowerBound(_ number: UInt32, _ sort: CellSort) -> Int {
    cells.lowerBound(of: Cell.place(number, sort)) { $0.place }
  }

  /// The decisions on the record's existence that live: deletions, restorations.
  public var decisions: [LivingWrite] {
    cell(CellWrite.existenceCell, .existence)?.writes ?? []
  }

  /// The living writes of the other cells that no living deletion has named, and by each of those cells.
  public var unseenByDeletions: [(cell: Cell, writes: [LivingWrite])] {
    let covered = Set(decisions.lazy.filter { $0.content == .deletion }.flatMap(\.covers))
    return cells.lazy.filter { $0.sort != .existence }
      .map { cell in (cell, cell.writes.filter { !covered.contains($0.dot) }) }
      .filter { !$0.1.isEmpty }
  }

  /// Every living write of the record but those of its existence.
  public var livingDots: [Dot] {
    cells.lazy.filter { $0.sort != .existence }.flatMap { $0.writes.lazy.map(\.dot) }
  }

  /// The state for what is shown, without what is named and will never come: it can settle nothing.
  public func withoutMissing(_ isLost: (ChangeRef) throws -> Bool) rethrows -> RecordState {
    guard cells.contains(where: \.isIncomplete) else { return self }
    let lost = try awaitedChanges.filter(isLost)
    guard !lost.isEmpty else { return self }
    var state = self
    for change in lost { state.noteApplied(change) }
    return state
  }

  /// Whether a change that is not held yet is named anywhere.
  public var awaitedChanges: Set<ChangeRef> {
    var awaited: Set<ChangeRef> = []
    for cell in cells { for dot in cell.missing { awaited.insert(dot.change) } }
    return awaited
  }
}

/// How a record stands between living and deleted.
public enum Existence: Hashable, Sendable {
  case present
  case deleted
  /// A deletion did not see every living write, or a restoration lives beside it: the record is kept, and flagged.
  case disputed
}

extension RecordState {
  /// Where the record went: the heirs that its deletions name, the newest first.
  public var heirs: [RecordPlace] {
    (cell(CellWrite.existenceCell, .existence)?.writes ?? [])
      .sorted { ($0.time, $0.dot) > ($1.time, $1.dot) }.compactMap(\.heir)
  }

  /// Where something that is named has not arrived, it may be what a deletion saw in place of a write that lives here: the
  /// record is kept, and nothing is disputed yet.
  ///
  /// A restoration that lives beside a deletion was not seen by it, nor has it seen that one: else one would have
  /// ended the other. So both stand, whatever the deletion covers.
  public var existence: Existence {
    guard let cell = cell(CellWrite.existenceCell, .existence) else { return .present }
    guard cell.writes.contains(where: { $0.content == .deletion }) else { return .present }
    if cell.writes.contains(where: { $0.content == .restoration }) {
      return cell.isIncomplete ? .present : .disputed
    }
    let uncovered = unseenByDeletions.map(\.cell)
    if uncovered.isEmpty { return .deleted }
    return cell.isIncomplete || uncovered.allSatisfy(\.isIncomplete) ? .present : .disputed
  }
}
