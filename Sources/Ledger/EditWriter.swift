/// Turns what a person wants of a record into writes that name what the person saw.
///
/// Within a log a later write of a register, a group or a count's base ends the earlier one, named or not. So where the
/// author has not seen what the same log holds there, or does not mean to replace it, either nothing is written, or
/// the write carries it as a candidate: no value goes that nobody replaced.
public struct EditWriter {
  /// Which living writes an edit takes the place of.
  public enum Sight: Sendable {
    /// An ordinary edit: all that lives, for the person saw it.
    case everything
    /// An import: only the writes whose value it replaces. It is told the cell.
    case only(@Sendable (UInt32, RecordState.LivingWrite) -> Bool)
  }

  /// What comes of an edit.
  public enum Outcome: Hashable, Sendable {
    case write(CellWrite)
    /// The cell holds just that already; to an ordinary edit also nothing beside it.
    case settled
    /// The same log holds something there that was not seen, and a write would end it.
    case keptBack
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

  /// - Returns: the write, or nil where none is needed or may be made.
  public func write(_ edit: CellEdit, rule: MergeRule, rank: (NodeID) -> UInt8) -> CellWrite? {
    if case .write(let write) = outcome(of: edit, rule: rule, rank: rank) { return write }
    return nil
  }

  /// - Parameters:
  ///   - rule: the field's.
  ///   - rank: an office's rank by its node, as what the author saw was shown by.
  public func outcome(of edit: CellEdit, rule: MergeRule, rank: (NodeID) -> UInt8) -> Outcome {
    switch edit {
    case .register(let number, let value):
      return outcome(state.cell(number, .register), number, .register(value), rule, rank)
    case .group(let number, let members):
      let cell = state.cell(number, .group)
      return outcome(cell, number, .group(merged(members, into: cell, rule, rank)), rule, rank)
    case .setExactly(let number, let elements):
      let wanted = Set(elements)
      let present = Set(state.cell(number, .set)?.shown(rule: .latest, rank: rank).elements ?? [])
      return setOutcome(number, add: elements.filter { !present.contains($0) }) { !wanted.contains($0) }
    case .setChange(let number, let add, let remove):
      let gone = Set(remove)
      let present = Set(state.cell(number, .set)?.shown(rule: .latest, rank: rank).elements ?? [])
      return setOutcome(number, add: add.filter { !present.contains($0) }) { gone.contains($0) }
    case .tallyBase(let number, let value):
      return tallyOutcome(number, value, rule, rank)
    case .tallyIncrement(let number, let step):
      return step == 0 ? .settled : .write(CellWrite(cell: number, content: .tallyIncrement(step)))
    }
  }

  private func outcome(
    _ cell: RecordState.Cell?, _ number: UInt32, _ content: WriteContent, _ rule: MergeRule,
    _ rank: (NodeID) -> UInt8
  ) -> Outcome {
    if isSettled(cell, content, rule, rank) { return .settled }
    if holdsUnseenOwn(cell) { return .keptBack }
    return .write(CellWrite(cell: number, content: content, supersedes: named(cell)))
  }

  /// A deletion of all that its author saw. It goes on naming the newest heir that those name whose place it takes.
  public var deletion: CellWrite { deletion(heir: state.heirs.first) }

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
  ///   - former: the writes whose place it took, a count's increments among them; each dot with its hash.
  public func undoing(
    _ resolutions: [Dot], cell number: UInt32, sort: CellSort, former: [Candidate]
  ) -> CellWrite {
    // What the same log holds beside them ends by this: it is no part of the resolution, and goes along.
    let own = ended(state.cell(number, sort)).filter { !resolutions.contains($0.dot) }.flatMap(\.separated)
    let all = former + own.map { Candidate(dot: $0.dot, time: $0.time, content: $0.content) }
    let candidates = Dictionary(
      all.map { (local($0.dot), Candidate(dot: local($0.dot), time: $0.time, content: $0.content)) },
      uniquingKeysWith: { $1 })
    return CellWrite(
      cell: number, content: .candidates(candidates.values.sorted { $0.dot < $1.dot }),
      supersedes: resolutions.filter { $0.change.log != log }.sorted())
  }

  /// The own log's writes of a cell that a later one of it ends.
  private func ended(_ cell: RecordState.Cell?) -> [RecordState.LivingWrite] {
    (cell?.writes ?? []).filter { write in
      if case .tallyIncrement = write.content { return false }
      return write.dot.change.log == log
    }
  }

  private func holdsUnseenOwn(_ cell: RecordState.Cell?) -> Bool {
    guard let cell, case .only = sight else { return false }
    return !ended(cell).allSatisfy { sees($0, cell.number) }
  }

  /// Foreign living writes: the author's own are superseded without naming.
  private func named(_ cell: RecordState.Cell?) -> [Dot] {
    guard let cell else { return [] }
    return cell.writes.filter { sees($0, cell.number) }.map(\.dot).filter { $0.change.log != log }
  }

  private func sees(_ write: RecordState.LivingWrite, _ cell: UInt32) -> Bool {
    switch sight {
    case .everything: true
    case .only(let replaced): replaced(cell, write)
    }
  }

  /// A reference within the own log carries no hash.
  func local(_ dot: Dot) -> Dot {
    guard dot.change.log == log else { return dot }
    return Dot(change: ChangeRef(log: log, n: dot.change.n, hashPrefix: 0), k: dot.k)
  }

  private func isSettled(
    _ cell: RecordState.Cell?, _ content: WriteContent, _ rule: MergeRule, _ rank: (NodeID) -> UInt8
  ) -> Bool {
    guard let cell else { return content.isEmpty }
    let shown = cell.shown(rule: rule, rank: rank)
    return shown.shown == content && mayStay(shown)
  }

  /// Whether what stands beside a shown value stays: who replaces all that was seen settles it.
  private func mayStay(_ shown: ShownCell) -> Bool {
    if case .only = sight { return true }
    return !shown.inConflict
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

  private func setOutcome(_ number: UInt32, add: [Value], remove: (Value) -> Bool) -> Outcome {
    let gone = (state.cell(number, .set)?.writes ?? []).filter { write in
      guard case .elements(let values) = write.content else { return false }
      return values.allSatisfy(remove) && sees(write, number)
    }
    guard !add.isEmpty || !gone.isEmpty else { return .settled }
    let dots = gone.map { local($0.dot) }.sorted()
    return .write(CellWrite(cell: number, content: .elements(add), supersedes: dots))
  }

  private func tallyOutcome(
    _ number: UInt32, _ value: Value, _ rule: MergeRule, _ rank: (NodeID) -> UInt8
  ) -> Outcome {
    let cell = state.cell(number, .tally)
    if let shown = cell?.shown(rule: rule, rank: rank) {
      let total = shown.total.map { Value.integer($0) } ?? .null
      if total == value, mayStay(shown) { return .settled }
    } else if value == .null {
      return .settled
    }
    if holdsUnseenOwn(cell) { return .keptBack }
    let dots = (cell?.writes ?? []).filter { sees($0, number) }.filter { write in
      if case .tallyIncrement = write.content { return true }
      return write.dot.change.log != log
    }
    return .write(
      CellWrite(
        cell: number, content: .tallyBase(value), supersedes: dots.map { local($0.dot) }.sorted()))
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
