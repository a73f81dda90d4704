public import Campaign
public import Ledger
public import Store
internal import Trust

/// Adding, editing, deleting and restoring records.
extension LocalNode {
  /// What a recording did.
  public struct Recorded: Sendable {
    public var view: RecordView
    public var warnings: [Finding]
    /// What was in conflict before, with all its values, and is not any more.
    public var settled: [ShownCell] = []
    /// The change that says it; nil where nothing had to be written.
    public var change: ChangeRef?
  }

  /// A new record.
  ///
  /// - Parameters:
  ///   - division: code or name; nil for the office's own.
  ///   - isNotice: for all offices below.
  public func add(
    kind kindName: String, division: String?, isNotice: Bool, operations: [EditDraft.Operation],
    operatorName: String
  ) throws -> Recorded {
    try writeOwn { commit in
      let pack = try commit.pack()
      let kind = try pack.resolveKind(kindName).mapError { NodeError.unknownKind($0) }.get()
      let code = try self.division(division, pack)
      try requireScope(code, pack)
      let checked = try check(EditDraft(kind: kind, operations: operations, mode: .create), pack)
      let space = Space(division: code, section: isNotice ? .notices : .records)
      let id = newRecordID()
      let writer = EditWriter(state: RecordState(), log: try ownLog(space, commit.snapshot))
      let mutation = Mutation(
        target: .id(id), creation: Creation(kind: KindName(lineage: pack.info.lineage, code: kind.code)),
        writes: writer.writes(checked.edits, kind: kind, rank: { _ in 0 }))
      try append(to: space, operatorName: operatorName, mutations: [mutation], in: commit)
      let view = try commit.snapshot.record(id, in: space)!
      let alike = try commit.snapshot.suspects(like: view).map { ($0.a == id ? $0.b : $0.a).description }
      let duplicates = alike.isEmpty ? [] : [Finding.likelyDuplicate(of: Array(alike.prefix(5)))]
      return Recorded(view: view, warnings: checked.warnings + duplicates)
    }
  }

  /// A new record's JSON, for `add`.
  ///
  /// - Throws: `otherKind` where it is a record of another kind than the one that was named.
  public func entry(json: [UInt8], kind name: String) throws -> JSONEntry {
    let pack = try store.read { try $0.pack() }
    let entry = try JSONEntry(json, pack: pack)
    if let own = entry.kind {
      let named = try pack.resolveKind(name).mapError { NodeError.unknownKind($0) }.get()
      let given = try pack.resolveKind(own).mapError { NodeError.unknownKind($0) }.get()
      guard named.code == given.code else { throw NodeError.otherKind(named: named.code, own: given.code) }
    }
    return entry
  }

  /// One change to a record. An edit that changes nothing makes none.
  public func edit(
    _ prefix: String, operations: [EditDraft.Operation], operatorName: String
  ) throws -> Recorded {
    try edit({ try $0.record(prefix: prefix) }, operations: operations, operatorName: operatorName)
  }

  func edit(
    _ find: (Snapshot) throws -> RecordView, operations: [EditDraft.Operation],
    listed: OpenConflict? = nil, operatorName: String
  ) throws -> Recorded {
    try change(find, operatorName: operatorName) { view, kind, snapshot, writer in
      guard view.existence != .deleted else { throw try deleted(view, snapshot) }
      let checked = try check(
        EditDraft(kind: kind, operations: operations, current: view.content, mode: .edit),
        try snapshot.pack())
      if let listed, !listed.shows(view, cells: checked.edits.map(\.cell)) {
        throw NodeError.conflictChanged(id: view.id, field: view.named(listed.field))
      }
      // What only a person may settle is settled by `conflicts resolve`.
      let disputed = Set(view.contested.map(\.number).filter { kind.mergeRule(ofCell: $0) == .person })
      if let cell = checked.edits.first(where: { disputed.contains($0.cell) })?.cell {
        throw NodeError.notResolvable(field: view.named(view.code(ofCell: cell)))
      }
      return (
        writer.writes(checked.edits, kind: kind, rank: try snapshot.officeDirectory().rank), checked.warnings
      )
    }
  }

  public func delete(_ prefix: String, operatorName: String) throws -> Recorded {
    try delete({ try $0.record(prefix: prefix) }, operatorName: operatorName)
  }

  /// Deletes the record of a conflict that was listed; by its space too.
  ///
  /// - Throws: `conflictChanged` where the conflict is open no more or anything came to the record since: nobody saw it, and
  ///   a deletion would end it.
  public func delete(_ conflict: OpenConflict, operatorName: String) throws -> Recorded {
    try delete(finding(conflict), listed: conflict, operatorName: operatorName)
  }

  private func delete(
    _ find: (Snapshot) throws -> RecordView, listed: OpenConflict? = nil, operatorName: String
  ) throws -> Recorded {
    try change(find, operatorName: operatorName) { view, _, snapshot, writer in
      if let listed { try requireUnchanged(listed, view, snapshot) }
      guard view.existence != .deleted else { throw try deleted(view, snapshot) }
      return ([writer.deletion], [])
    }
  }

  /// - Throws: `recordDeleted` with the heir of a record that was moved and lives on there.
  public func restore(_ prefix: String, operatorName: String) throws -> Recorded {
    try change(prefix, operatorName: operatorName) { view, _, snapshot, writer in
      guard view.existence != .present else { throw NodeError.recordNotDeleted(id: view.id) }
      // It lives on under another id, and would be there twice.
      let heir = try snapshot.heir(of: view)
      guard view.existence != .deleted || heir.id == view.id || heir.existence == .deleted else {
        throw NodeError.recordDeleted(id: view.id, heir: heir.id)
      }
      return ([writer.restoration], [])
    }
  }

  /// Reads a record, lets `decide` say what to write, and commits that, all in one transaction.
  func change(
    _ prefix: String, operatorName: String,
    _ decide: (RecordView, Kind, Snapshot, EditWriter) throws -> ([CellWrite], [Finding])
  ) throws -> Recorded {
    try change({ try $0.record(prefix: prefix) }, operatorName: operatorName, decide)
  }

  /// - Parameter rule: by which the values are chosen, where no person chooses.
  func change(
    _ find: (Snapshot) throws -> RecordView, operatorName: String, by rule: MergeRule? = nil,
    _ decide: (RecordView, Kind, Snapshot, EditWriter) throws -> ([CellWrite], [Finding])
  ) throws -> Recorded {
    try writeOwn { commit in
      let view = try find(commit.snapshot)
      let pack = try commit.pack()
      try requireScope(view.space.division, pack)
      guard let kind = view.kind else {
        throw NodeError.kindUnknownHere(id: view.id, kind: view.kindName?.code ?? "?")
      }
      let writer = EditWriter(state: view.state, log: try ownLog(view.space, commit.snapshot))
      var (writes, warnings) = try decide(view, kind, commit.snapshot, writer)
      guard !writes.isEmpty else { return Recorded(view: view, warnings: warnings) }
      if writes.contains(where: { $0.content == .deletion }) {
        writes = [try deletion(of: view, operatorName: operatorName, in: commit)]
      }
      if writes.contains(where: { $0.content == .restoration }) {
        writes += writer.erasedAgain(in: view, kind: kind)
      }
      try append(
        to: view.space, operatorName: operatorName,
        mutations: [Mutation(target: .id(view.id), writes: writes)],
        statements: rule.map { [.decided(by: $0)] } ?? [], in: commit)
      let now = try commit.snapshot.record(view.id, in: view.space)!
      let open = Set(now.contested.map(\.number))
      return Recorded(
        view: now, warnings: warnings, settled: view.contested.filter { !open.contains($0.number) },
        change: try commit.head(of: writer.log).ref)
    }
  }

  func check(_ draft: EditDraft, _ pack: Pack) throws -> CheckedEdit {
    do {
      return try CheckedEdit(draft, pack: pack)
    } catch {
      throw NodeError.rejected(error.findings)
    }
  }

  func division(_ text: String?, _ pack: Pack) throws -> DivisionCode {
    guard let text else { return facts.division }
    return try pack.divisions.resolve(text).mapError { NodeError.unknownDivision($0) }.get().code
  }
}

extension EditWriter {
  /// The writes of checked edits; what is there already makes none.
  ///
  /// - Parameter rank: an office's by its node, as what the edits are of was shown; of a record that is made now no matter.
  func writes(_ edits: [CellEdit], kind: Kind, rank: (NodeID) -> UInt8) -> [CellWrite] {
    edits.compactMap { write($0, rule: kind.mergeRule(ofCell: $0.cell), rank: rank) }
  }
}
