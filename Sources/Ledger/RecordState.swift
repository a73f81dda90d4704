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
  /// A deletion did not see every living write: the record is kept, and flagged.
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
  public var existence: Existence {
    guard let cell = cell(CellWrite.existenceCell, .existence) else { return .present }
    var covered: Set<Dot> = []
    var deletions = 0
    for write in cell.writes where write.content == .deletion {
      deletions += 1
      covered.formUnion(write.covers)
    }
    guard deletions > 0 else { return .present }
    let uncovered = cells.filter { cell in
      cell.sort != .existence && cell.writes.contains { !covered.contains($0.dot) }
    }
    if uncovered.isEmpty { return .deleted }
    return cell.isIncomplete || uncovered.allSatisfy(\.isIncomplete) ? .present : .disputed
  }
}
