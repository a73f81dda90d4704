internal import Campaign
internal import Ledger
public import Store
internal import Trust

/// Erasing texts for good, which the law demands of personal data.
extension LocalNode {
  /// Erases what a field of a record holds and ever held: here, and at every node that hears of it. The field reads as
  /// redacted until somebody writes it anew; that it was, by whom and why, stays.
  ///
  /// Values that other offices wrote meanwhile and that are not here yet are not erased: they come to stand beside the
  /// erased one (`reappeared`).
  /// - Parameter reason: read by all offices.
  /// - Returns: the record, how many texts were erased, and whether nothing of them is left in the file. What is erased already
  ///   is left as it is.
  /// - Throws: `mayNotRedact`; `notErasable` of a field that is no text.
  public func redact(
    _ prefix: String, field name: String, reason: String, operatorName: String
  ) throws -> (view: RecordView, erased: Int, isScrubbed: Bool) {
    guard identity.chain.first?.office?.rights.contains(.redact) == true else { throw NodeError.mayNotRedact }
    var erased = 0
    let view = try store.write { commit in
      let view = try commit.snapshot.record(prefix: prefix)
      try requireScope(view.space.division, try commit.pack())
      let (cell, member) = try place(ofText: name, in: view)
      for one in try commit.snapshot.relatives(of: view) {
        let texts = try commit.snapshot.texts(of: one, cell: cell, member: member)
        erased += texts.reduce(0) { $0 + $1.leaves.count }
        try redact(
          texts, of: RecordPlace(space: one.space, record: one.id), cell: cell, member: member,
          reason: reason, operatorName: operatorName, in: commit)
        if !texts.isEmpty {
          try writeErased(cell, member, of: one, operatorName: operatorName, in: commit)
        }
      }
      erased += try redactCopies(operatorName: operatorName, in: commit)
      return try commit.snapshot.record(view.id, in: view.space)!
    }
    return (view, erased, try store.scrub())
  }

  /// Writes the erased value itself over what lives in the field. Who writes there without having heard of the redaction
  /// has not seen this write, so that what he wrote stands beside it as a conflict, wherever it comes to.
  ///
  /// Not in a record that is deleted, which a write would bring back; not over a group's values that contradict each other,
  /// which it would settle; and elements of a set take nobody's place.
  private func writeErased(
    _ cell: UInt32, _ member: UInt32, of former: RecordView, operatorName: String, in commit: Commit
  ) throws {
    guard let view = try commit.snapshot.record(former.id, in: former.space), view.existence != .deleted,
      scope(try commit.pack()).covers(view.space.division), let kind = view.kind,
      let living = view.state.cells.first(where: { $0.number == cell }),
      let content = living.erased(member: member, rule: kind.mergeRule(ofCell: cell))
    else { return }
    let writer = EditWriter(state: view.state, log: try ownLog(view.space, commit.snapshot))
    let write = writer.settling(cell: cell, sort: living.sort, with: content)
    try append(
      to: view.space, operatorName: operatorName,
      mutations: [Mutation(target: .id(view.id), writes: [write])], in: commit)
  }

  /// Says in this office's notices that texts of a record's cell are erased, and erases them here.
  ///
  /// - Parameter isWaiting: whether what was set aside may be taken in by it: the caller tries that, and forgets it then.
  func redact(
    _ texts: [Redaction.Erased], of record: RecordPlace, cell: UInt32, member: UInt32, reason: String,
    operatorName: String, waiting isWaiting: Bool = false, in commit: Commit
  ) throws {
    for portion in LocalNode.portions(of: texts) {
      let redaction = Redaction(
        space: record.space, record: record.record, cell: cell, member: member, reason: reason,
        erased: portion)
      try append(
        to: Space(division: facts.division, section: .notices), operatorName: operatorName,
        statements: [.redaction(redaction)], in: commit)
      try commit.erase(redaction, of: commit.lastArrival)
      if !isWaiting { try commit.dropSetAside(namedBy: redaction) }
    }
  }

  /// Parts of which each stays well below the limit of a change as one statement.
  private static func portions(of texts: [Redaction.Erased]) -> [[Redaction.Erased]] {
    var portions: [[Redaction.Erased]] = []
    var bytes = 0
    for text in texts {
      for start in stride(from: 0, to: text.leaves.count, by: 50_000) {
        let leaves = Array(text.leaves[start...].prefix(50_000))
        let size = 80 + leaves.count * 4
        if portions.isEmpty || bytes + size > 256 << 10 {
          portions.append([])
          bytes = 0
        }
        portions[portions.count - 1].append(Redaction.Erased(change: text.change, leaves: leaves))
        bytes += size
      }
    }
    return portions
  }

  private func place(ofText name: String, in view: RecordView) throws -> (cell: UInt32, member: UInt32) {
    guard let kind = view.kind else {
      throw NodeError.kindUnknownHere(id: view.id, kind: view.kindName?.code ?? "?")
    }
    guard let index = kind.fieldIndex(named: name) else {
      throw NodeError.rejected([.unknownField(name, of: kind)])
    }
    let field = kind.fields[index]
    guard field.type == .text else {
      throw NodeError.notErasable(field: Finding.Named(code: field.code, label: field.label))
    }
    let cell = kind.cell(ofField: index)
    return (cell, cell == field.number ? 0 : field.number)
  }
}

extension LocalNode {
  /// Whether a redaction of a record reaches all that it was moved from and to: not where it has more heirs than anybody
  /// makes by moving.
  public func reachesRelatives(of view: RecordView) throws -> Bool {
    try store.read { try $0.lineage(of: view).isWhole }
  }

  /// The records with a redacted field that holds something again, for whoever may redact it: nothing at other offices.
  public func reappeared() throws -> [Reappearance] {
    guard let own = identity.chain.first?.office, own.rights.contains(.redact) else { return [] }
    return try store.read { try $0.reappeared() }.filter { own.scope.covers($0.view.space.division) }
  }
}

extension Snapshot {
  func relatives(of view: RecordView) throws -> [RecordView] {
    try lineage(of: view).views
  }
}

extension RecordState.Cell {
  /// What a write says that erases a value of the cell.
  fileprivate func erased(member: UInt32, rule: MergeRule) -> WriteContent? {
    switch sort {
    case .register: return .register(.erased)
    case .group:
      let shown = shown(rule: rule, rank: { _ in 0 })
      // Also where something is missing that might settle it: the write names them all.
      guard Set(shown.entries.map(\.content)).count <= 1 else { return nil }
      let others = shown.members.filter { $0.field != member }
      let all = others + [GroupMember(field: member, value: .erased)]
      return .group(all.sorted { $0.field < $1.field })
    default: return nil
    }
  }
}

extension EditWriter {
  /// What reads as redacted in a record that is brought back, written anew as that. Nobody did so while it was deleted, and
  /// who enters something there from now on, and knows, names this write and not the erased one.
  func erasedAgain(in view: RecordView, kind: Kind) -> [CellWrite] {
    view.state.cells.compactMap { cell in
      let entries = cell.shown(rule: kind.mergeRule(ofCell: cell.number), rank: { _ in 0 }).entries
      guard cell.sort == .register || cell.sort == .group, let content = entries.first?.content,
        content.holdsErased, Set(entries.map(\.content)).count == 1
      else { return nil }
      return settling(cell: cell.number, sort: cell.sort, with: content)
    }
  }
}

extension Authority {
  /// Erases what the redactions that count name and nothing has erased yet, and the contents of attachments.
  ///
  /// - Parameter again: also what those name that were carried out before; whoever may redact now, that stays erased.
  /// - Returns: the redactions that erased something.
  @discardableResult
  func erase(in commit: Commit, again: Bool = false) throws -> [Redaction] {
    for stated in try commit.snapshot.statedErasures() {
      let divisions = reach(of: stated)
      if try !commit.snapshot.isErased(stated.erasure.content, in: divisions) {
        try commit.erase(stated.erasure, in: divisions)
      }
    }
    let carriedOut = again ? try commit.snapshot.redactions() : []
    let open = try commit.snapshot.openRedactions().filter { mayRedact($0.author, $0.redaction.space) }
    return try (carriedOut + open)
      .filter { stated in
        guard try commit.erase(stated.redaction, of: stated.arrival) else { return false }
        try eraseOrigins(of: stated, in: commit)
        return true
      }.map(\.redaction)
  }

  /// What this node wrote before it joined elsewhere lies in logs that nobody else has, and no redaction can name them:
  /// the same field of what the record was made in place of is erased with it.
  private func eraseOrigins(of stated: StatedRedaction, in commit: Commit) throws {
    var redaction = stated.redaction
    // Nobody makes a chain as long but who wants it to have no end.
    for _ in 0..<64 {
      guard let heir = try commit.snapshot.record(redaction.record, in: redaction.space),
        let place = heir.origin, let origin = try commit.snapshot.record(place.record, in: place.space),
        try commit.snapshot.isMoved(origin, to: heir)
      else { return }
      (redaction.space, redaction.record) = (place.space, place.record)
      guard !mayWriteOwn(place.space) else { continue }
      redaction.erased = try commit.snapshot.texts(
        of: origin, cell: redaction.cell, member: redaction.member
      ).filter { isOwn($0.change.log.node) }
      if !redaction.erased.isEmpty { try commit.erase(redaction, of: stated.arrival) }
    }
  }
}
