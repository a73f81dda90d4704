/// Turns what a person wants of a record into writes that name what the person saw.
public struct EditWriter {
  /// Which living writes an edit takes the place of.
  public enum Sight: Sendable {
    /// An ordinary edit: all that lives, for the person saw it.
    case everything
    /// An import: only the writes whose value it replaces.
    case only(@Sendable (RecordState.LivingWrite) -> Bool)
  }

  /// The record as its author sees it.
  public let state: RecordState
  /// The log that the change will be appended to.
  public let log: LogID
  public let sight: Sight

  public init(state: RecordState, log: LogID, sight: Sight = .everything) {
    self.state = state
    self.log = log
    self.sight = sight
  }

  /// - Returns: the write, or nil where the cell already holds just that and nothing beside it.
  public func write(_ edit: CellEdit, rule: MergeRule, rank: (NodeID) -> UInt8) -> CellWrite? {
    switch edit {
    case .register(let number, let value):
      let cell = state.cell(number, .register)
      if isSettled(cell, .register(value), rule, rank) { return nil }
      return CellWrite(cell: number, content: .register(value), supersedes: named(cell))
    case .group(let number, let members):
      let cell = state.cell(number, .group)
      let content = WriteContent.group(merged(members, into: cell, rule, rank))
      if isSettled(cell, content, rule, rank) { return nil }
      return CellWrite(cell: number, content: content, supersedes: named(cell))
    case .setExactly(let number, let elements):
      let wanted = Set(elements)
      let present = Set(state.cell(number, .set)?.shown(rule: .latest, rank: rank).elements ?? [])
      return setWrite(number, add: elements.filter { !present.contains($0) }) { !wanted.contains($0) }
    case .setChange(let number, let add, let remove):
      let present = Set(state.cell(number, .set)?.shown(rule: .latest, rank: rank).elements ?? [])
      return setWrite(number, add: add.filter { !present.contains($0) }) { remove.contains($0) }
    case .tallyBase(let number, let value):
      return tallyBase(number, value, rule, rank)
    case .tallyIncrement(let number, let step):
      return step == 0 ? nil : CellWrite(cell: number, content: .tallyIncrement(step))
    }
  }

  /// A deletion of all that its author saw.
  public var deletion: CellWrite { deletion(heir: nil) }

  /// The same of a record that was made anew elsewhere.
  public func deletion(heir: RecordPlace?) -> CellWrite {
    let former = state.cell(CellWrite.existenceCell, .existence)?.writes.map(\.dot) ?? []
    let dots = (state.livingDots + former.filter { $0.change.log != log }).map(local)
    return CellWrite(
      cell: CellWrite.existenceCell, content: .deletion, supersedes: dots.sorted(), heir: heir)
  }

  /// The deletions are taken back.
  public var restoration: CellWrite {
    let former = state.cell(CellWrite.existenceCell, .existence)?.writes.map(\.dot) ?? []
    let dots = former.filter { $0.change.log != log }
    return CellWrite(cell: CellWrite.existenceCell, content: .restoration, supersedes: dots)
  }

  /// A resolution is taken back: what it settled stands beside each other again.
  ///
  /// - Parameters:
  ///   - resolutions: the living writes that settled the cell alike, apart from each other where there are several.
  ///   - former: the writes whose place it took.
  public func undoing(_ resolutions: [Dot], cell number: UInt32, former: [Candidate]) -> CellWrite {
    let candidates = former.map { Candidate(dot: local($0.dot), time: $0.time, content: $0.content) }
    return CellWrite(
      cell: number, content: .candidates(candidates.sorted { $0.dot < $1.dot }),
      supersedes: resolutions.filter { $0.change.log != log }.sorted())
  }

  /// Foreign living writes: the author's own are superseded without naming.
  private func named(_ cell: RecordState.Cell?) -> [Dot] {
    (cell?.writes ?? []).filter(sees).map(\.dot).filter { $0.change.log != log }
  }

  private func sees(_ write: RecordState.LivingWrite) -> Bool {
    switch sight {
    case .everything: true
    case .only(let replaced): replaced(write)
    }
  }

  /// A reference within the own log carries no hash.
  private func local(_ dot: Dot) -> Dot {
    guard dot.change.log == log else { return dot }
    return Dot(change: ChangeRef(log: log, n: dot.change.n, hashPrefix: 0), k: dot.k)
  }

  private func isSettled(
    _ cell: RecordState.Cell?, _ content: WriteContent, _ rule: MergeRule, _ rank: (NodeID) -> UInt8
  ) -> Bool {
    guard let cell else { return content.isEmpty }
    let shown = cell.shown(rule: rule, rank: rank)
    return shown.shown == content && !shown.inConflict
  }

  private func merged(
    _ members: [GroupMember], into cell: RecordState.Cell?, _ rule: MergeRule, _ rank: (NodeID) -> UInt8
  ) -> [GroupMember] {
    var byField: [UInt32: Value] = [:]
    for member in cell?.shown(rule: rule, rank: rank).members ?? [] { byField[member.field] = member.value }
    for member in members { byField[member.field] = member.value }
    return byField.filter { $0.value != .null }.sorted { $0.key < $1.key }
      .map { GroupMember(field: $0.key, value: $0.value) }
  }

  private func setWrite(_ number: UInt32, add: [Value], remove: (Value) -> Bool) -> CellWrite? {
    let gone = (state.cell(number, .set)?.writes ?? []).filter { write in
      guard case .elements(let values) = write.content else { return false }
      return values.allSatisfy(remove) && sees(write)
    }
    guard !add.isEmpty || !gone.isEmpty else { return nil }
    let dots = gone.map { local($0.dot) }.sorted()
    return CellWrite(cell: number, content: .elements(add), supersedes: dots)
  }

  private func tallyBase(
    _ number: UInt32, _ value: Value, _ rule: MergeRule, _ rank: (NodeID) -> UInt8
  ) -> CellWrite? {
    let cell = state.cell(number, .tally)
    if let shown = cell?.shown(rule: rule, rank: rank) {
      let total = shown.total.map { Value.integer($0) } ?? .null
      if total == value && !shown.inConflict { return nil }
    } else if value == .null {
      return nil
    }
    let dots = (cell?.writes ?? []).filter(sees).filter { write in
      if case .tallyIncrement = write.content { return true }
      return write.dot.change.log != log
    }
    return CellWrite(
      cell: number, content: .tallyBase(value), supersedes: dots.map { local($0.dot) }.sorted())
  }
}

extension WriteContent {
  /// Says no more than a cell that nobody ever wrote.
  fileprivate var isEmpty: Bool {
    switch self {
    case .register(.null), .tallyBase(.null), .group([]), .elements([]): true
    default: false
    }
  }
}
