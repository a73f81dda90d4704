public import Campaign
public import Ledger
public import Store

/// Conflicts: listed, and settled by a person.
extension LocalNode {
  /// One open conflict.
  public struct OpenConflict: Sendable {
    public var view: RecordView
    public var field: String
    public var reason: ConflictReason
    /// Living values, the shown one first.
    public var candidates: [ShownCell.Entry]
    public var operators: [String]
    /// Of many the first.
    public var others: [RecordID]
    /// How many there are.
    public var otherCount = 0
    /// Those of the named that are held here.
    public var otherViews: [RecordView] = []
    /// Of a deletion in dispute: the writes that no deletion has seen, in the order of their cells.
    public var unseen: [UnseenWrite] = []

    /// What a person sees of it and settles.
    var seen: Set<Dot> { view.basis(field: field, reason: reason) }
  }

  /// A write that a deletion has not seen.
  public struct UnseenWrite: Sendable {
    public var cell: UInt32
    public var entry: ShownCell.Entry
    public var operatorName: String
  }

  public func conflicts(_ filter: RecordFilter) throws -> [OpenConflict] {
    try conflicts(filter, where: { _ in true })
  }

  /// Those of some reasons: what the others are about is not read.
  func conflicts(_ filter: RecordFilter, where isWanted: (ConflictReason) -> Bool) throws -> [OpenConflict] {
    var filter = filter
    filter.isConflicted = true
    return try store.read { snapshot in
      var found: [OpenConflict] = []
      let sharers = UniqueSharers(snapshot)
      try snapshot.forEachRecord(filter) { view in
        found += try conflicts(of: view, sharers, snapshot, where: isWanted)
        return true
      }
      return found
    }
  }

  /// One that was listed, as it is now; nil where it is open no more.
  public func current(_ conflict: OpenConflict) throws -> OpenConflict? {
    try store.read { snapshot in
      guard let view = try snapshot.record(conflict.view.id, in: conflict.view.space) else { return nil }
      return try conflicts(of: view, UniqueSharers(snapshot), snapshot) { $0 == conflict.reason }.first {
        $0.field == conflict.field && $0.reason == conflict.reason
      }
    }
  }

  private func conflicts(
    of view: RecordView, _ sharers: UniqueSharers, _ snapshot: Snapshot,
    where isWanted: (ConflictReason) -> Bool
  ) throws -> [OpenConflict] {
    let open = try snapshot.conflicts(of: view).filter { isWanted($0.reason) }
    let listed = open.map { view.candidates(field: $0.field, reason: $0.reason) }
    // Of all at once: what a record was made from is gone through for it.
    let dots = listed.flatMap { $0.map(\.dot) }
    let operators = Dictionary(
      zip(dots, try snapshot.operatorNames(of: dots, in: view)), uniquingKeysWith: { first, _ in first })
    return try zip(open, listed).map { conflict, candidates in
      let (field, reason) = conflict
      let others: (named: [RecordID], count: Int)
      switch reason {
      case .unique: others = try sharers.others(of: view, field: field)
      // Those made in this one's place elsewhere.
      case .deleted: others = (view.state.heirs.map(\.record), view.state.heirs.count)
      case .concurrent, .invalid: others = ([], 0)
      }
      return OpenConflict(
        view: view, field: field, reason: reason, candidates: candidates,
        operators: candidates.map { operators[$0.dot] ?? "" },
        others: others.named, otherCount: others.count,
        otherViews: try others.named.compactMap { try sharers.view($0) },
        unseen: reason == .deleted ? try unseenWrites(view, snapshot) : [])
    }
  }

  private func unseenWrites(_ view: RecordView, _ snapshot: Snapshot) throws -> [UnseenWrite] {
    let writes = view.state.unseenByDeletions.flatMap { cell, writes in
      writes.separatedOnce.map { (cell.number, $0) }
    }
    let operators = try snapshot.operatorNames(of: writes.map(\.1.dot), in: view)
    return zip(writes, operators).map { write, operatorName in
      let (cell, living) = write
      return UnseenWrite(
        cell: cell, entry: ShownCell.Entry(dot: living.dot, time: living.time, content: living.content),
        operatorName: operatorName)
    }
  }

  /// How a person settles a conflict.
  public enum Decision: Sendable {
    /// The n-th candidate, from 1.
    case take(Int)
    /// Another value; of a `deleted` conflict yes or no.
    case value(String)
  }

  public func resolve(_ prefix: String, field: String, _ decision: Decision, operatorName: String) throws
    -> Recorded
  {
    try resolve({ try $0.record(prefix: prefix) }, field: field, decision, operatorName: operatorName)
  }

  /// Settles one that was listed, by its space too: an export that was imported elsewhere is another record of the
  /// same id.
  ///
  /// - Throws: `conflictChanged` where other values stand there by now: nobody saw them, and none is settled over.
  ///
  /// - Parameter rule: by which the decision comes about, where no person makes it; `history` says so.
  public func resolve(
    _ conflict: OpenConflict, _ decision: Decision, operatorName: String, by rule: MergeRule? = nil
  ) throws -> Recorded {
    try resolve(
      finding(conflict), field: conflict.field, decision, listed: conflict, operatorName: operatorName,
      by: rule)
  }

  /// An edit by which a rule holds again; by the record's space too.
  ///
  /// - Throws: `conflictChanged` where other values stand there by now than were listed: nobody saw them, and none is
  ///   edited over.
  public func edit(
    _ conflict: OpenConflict, operations: [EditDraft.Operation], operatorName: String
  ) throws -> Recorded {
    try edit(finding(conflict), operations: operations, listed: conflict, operatorName: operatorName)
  }

  func finding(_ conflict: OpenConflict) -> (Snapshot) throws -> RecordView {
    let (id, space) = (conflict.view.id, conflict.view.space)
    return { snapshot in
      guard let view = try snapshot.record(id, in: space) else {
        throw StoreError.noRecord(prefix: id.description)
      }
      return view
    }
  }

  func resolve(
    _ find: (Snapshot) throws -> RecordView, field: String, _ decision: Decision,
    listed: OpenConflict? = nil, operatorName: String, by rule: MergeRule? = nil
  ) throws -> Recorded {
    try change(find, operatorName: operatorName, by: rule) { view, kind, snapshot, writer in
      let field = LocalNode.isDeletion(field, kind) ? "deleted" : field
      if let listed, listed.seen != view.basis(field: field, reason: listed.reason) {
        throw NodeError.conflictChanged(id: view.id, field: view.named(field))
      }
      if field == "deleted" {
        let write = try settleDeletion(view, decision, writer)
        if case .take = decision, listed == nil, write.content == .deletion {
          try requireListed(view, snapshot)
        }
        return ([write], [])
      }
      try LocalNode.requireKnown(field, kind)
      // A write that the deletion did not see would bring it back.
      guard view.existence != .deleted else { throw try deleted(view, snapshot) }
      guard let cell = kind.cell(named: field) else { throw try notToBeTaken(view, kind, field, snapshot) }
      guard let shown = view.contested.first(where: { $0.number == cell }) else {
        throw try notToBeTaken(view, kind, field, snapshot)
      }
      switch decision {
      case .take(let n):
        let taken: ShownCell.Entry
        if let listed = listed?.candidates.map(\.dot) {
          guard listed.indices.contains(n - 1),
            let same = shown.entries.first(where: { $0.dot == listed[n - 1] })
          else { throw NodeError.noCandidate(n: n, of: listed.count) }
          taken = same
        } else {
          taken = try candidate(n, of: shown.entries, at: view.code(ofCell: cell), view, snapshot)
        }
        return ([writer.settling(cell: cell, sort: shown.sort, with: taken.content)], [])
      case .value(let text):
        let draft = EditDraft(
          kind: kind, operations: try operations(field, text, kind, try snapshot.pack()),
          current: view.content, mode: .settling)
        let checked = try check(draft, try snapshot.pack())
        return (
          writer.writes(checked.edits, kind: kind, rank: try snapshot.officeDirectory().rank),
          checked.warnings
        )
      }
    }
  }

  /// Whether a name means that the record is deleted, and no field of its kind.
  static func isDeletion(_ name: String, _ kind: Kind) -> Bool {
    ["deleted", "deletion", "删除"].contains(name.lowercased()) && kind.cell(named: name) == nil
  }

  /// - Throws: `rejected` where a name means no field or group of the kind, and nothing else that conflicts are shown at.
  static func requireKnown(_ name: String, _ kind: Kind) throws {
    let isOther = [RecordView.originField, RecordView.wholeKindField].contains(name)
    guard isOther || kind.fieldIndex(named: name) != nil || kind.group(named: name) != nil else {
      throw NodeError.rejected([.unknownField(name, of: kind)])
    }
  }

  /// Why none of the values of a field can be taken: nothing is open there, or what is open closes by an edit.
  private func notToBeTaken(_ view: RecordView, _ kind: Kind, _ field: String, _ snapshot: Snapshot) throws
    -> NodeError
  {
    let codes = [
      kind.fieldIndex(named: field).map { kind.fields[$0].code }, kind.group(named: field)?.code,
      [RecordView.originField, RecordView.wholeKindField].contains(field) ? field : nil,
    ]
    let open = try snapshot.conflicts(of: view).first { codes.contains($0.field) }
    // Of several fields that break rules the conflict is listed at one.
    if open == nil, let cell = kind.cell(named: field), view.invalid.contains(cell) {
      return .brokenRule(id: view.id, field: view.named(field))
    }
    return switch open?.reason {
    case .invalid: .brokenRule(id: view.id, field: view.named(field))
    case .unique:
      .sharedValue(
        id: view.id, field: view.named(field),
        others: try UniqueSharers(snapshot).others(of: view, field: open?.field ?? field).named)
    default: .noConflict(id: view.id, field: view.named(field))
    }
  }

  /// The wishes in the value of a field, or of a group: a JSON object of its fields, those left out emptied.
  private func operations(_ name: String, _ text: String, _ kind: Kind, _ pack: Pack) throws
    -> [EditDraft.Operation]
  {
    guard kind.fieldIndex(named: name) == nil, let group = kind.group(named: name) else {
      return [.set(name, to: text)]
    }
    let members = group.members.map { kind.fields[$0].code }
    guard let given = try? JSONEntry(Array(text.utf8), pack: pack).operations else {
      throw NodeError.groupValue(field: group.named, members: members)
    }
    let named = Set(given.map(\.field).compactMap { kind.fieldIndex(named: $0) })
    let strangers = named.subtracting(group.members)
    guard strangers.isEmpty else { throw NodeError.groupValue(field: group.named, members: members) }
    return given + group.members.filter { !named.contains($0) }.map { .unset(kind.fields[$0].code) }
  }

  private func settleDeletion(_ view: RecordView, _ decision: Decision, _ writer: EditWriter) throws
    -> CellWrite
  {
    guard view.existence == .disputed else {
      throw NodeError.noConflict(id: view.id, field: view.named("deleted"))
    }
    let isDeletion: Bool
    switch decision {
    case .take(let n):
      let candidates = view.candidates(field: "deleted", reason: .deleted)
      guard candidates.indices.contains(n - 1) else {
        throw NodeError.noCandidate(n: n, of: candidates.count)
      }
      isDeletion = candidates[n - 1].content == .deletion
    case .value(let text):
      guard let flag = FlagForm.flag(text) else { throw NodeError.notYesOrNo(text) }
      isDeletion = flag
    }
    return isDeletion ? writer.deletion : writer.restoration
  }
}

extension EditWriter {
  /// A write of one content that names everything living in the cell.
  func settling(cell number: UInt32, sort: CellSort, with content: WriteContent) -> CellWrite {
    let living = state.cell(number, sort)?.writes.filter { write in
      if case .tallyIncrement = write.content { return false }
      return write.dot.change.log != log
    }
    return CellWrite(cell: number, content: content, supersedes: (living ?? []).map(\.dot))
  }
}

extension FieldGroup {
  fileprivate var named: Finding.Named { Finding.Named(code: code, label: label) }
}

extension RecordView {
  /// A field or group as people call it; a name that is none of the kind's stands for itself.
  public func named(_ name: String) -> Finding.Named {
    if let i = kind?.fieldIndex(named: name), let field = kind?.fields[i] {
      return Finding.Named(code: field.code, label: field.label)
    }
    return kind?.group(named: name)?.named
      ?? Finding.Named(code: name, label: Label(chinese: name, english: name))
  }

  /// All living writes that a decision on a conflict is about.
  func basis(field: String, reason: ConflictReason) -> Set<Dot> {
    guard reason == .deleted else { return Set(candidates(field: field, reason: reason).map(\.dot)) }
    let existence = state.cell(CellWrite.existenceCell, .existence)?.writes.map(\.dot) ?? []
    return Set(state.livingDots + existence)
  }

  /// The living values that a conflict is about.
  func candidates(field: String, reason: ConflictReason) -> [ShownCell.Entry] {
    switch reason {
    case .concurrent: return contested.first { code(ofCell: $0.number) == field }?.entries ?? []
    case .invalid:
      return state.cells.filter { invalid.contains($0.number) && $0.sort != .existence }.flatMap { cell in
        cell.writes.separatedOnce.map {
          ShownCell.Entry(dot: $0.dot, time: $0.time, content: $0.content)
        }
      }
    case .deleted: return existenceCandidates
    case .unique: return []
    }
  }

  /// To keep the record, by the newest restoration or for the sake of the newest write that no deletion saw, which is
  /// what is shown; and to delete it, as the newest deletion wants.
  private var existenceCandidates: [ShownCell.Entry] {
    func newest(_ writes: [RecordState.LivingWrite], as content: WriteContent) -> ShownCell.Entry? {
      writes.max { ($0.time, $0.dot) < ($1.time, $1.dot) }.map {
        ShownCell.Entry(dot: $0.dot, time: $0.time, content: content)
      }
    }
    let restorations = state.decisions.filter { $0.content == .restoration }
    let keeping = restorations.isEmpty ? state.unseenByDeletions.flatMap(\.writes) : restorations
    let deletions = state.decisions.filter { $0.content == .deletion }
    return [newest(keeping, as: .restoration), newest(deletions, as: .deletion)].compactMap { $0 }
  }
}
