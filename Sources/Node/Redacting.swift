internal import Campaign
internal import Ledger
public import Store
internal import Trust

/// Erasing texts for good, which the law demands of personal data.
extension LocalNode {
  /// Changes that one statement names: with them it stays well below the limit of a change.
  private static let statementLimit = 8000

  /// Erases what a field of a record holds and ever held: here, and at every node that hears of it. The field reads as
  /// redacted until somebody writes it anew; that it was, by whom and why, stays.
  ///
  /// Values that other offices wrote meanwhile and that are not here yet are not erased.
  /// - Parameter reason: read by all offices.
  /// - Returns: the record, and whether nothing of it is left in the file. What is erased already is left as it is.
  /// - Throws: `mayNotRedact`; `notErasable` of a field that is no text.
  public func redact(
    _ prefix: String, field name: String, reason: String, operatorName: String
  ) throws -> (view: RecordView, isScrubbed: Bool) {
    guard identity.chain.first?.office?.rights.contains(.redact) == true else { throw NodeError.mayNotRedact }
    let view = try store.write { commit in
      let view = try commit.snapshot.record(prefix: prefix)
      try requireScope(view.space.division, try commit.pack())
      let (cell, member) = try place(ofText: name, in: view)
      for one in try commit.snapshot.relatives(of: view) {
        let texts = try commit.snapshot.texts(of: one, cell: cell, member: member)
        for start in stride(from: 0, to: texts.count, by: LocalNode.statementLimit) {
          let redaction = Redaction(
            space: one.space, record: one.id, cell: cell, member: member, reason: reason,
            erased: Array(texts[start..<min(texts.count, start + LocalNode.statementLimit)]))
          try append(
            to: Space(division: facts.division, section: .notices), operatorName: operatorName,
            statements: [.redaction(redaction)], in: commit)
          try commit.erase(redaction)
          try commit.dropSetAside(namedBy: redaction)
        }
      }
      return try commit.snapshot.record(view.id, in: view.space)!
    }
    return (view, try store.scrub())
  }

  private func place(ofText name: String, in view: RecordView) throws -> (cell: UInt32, member: UInt32) {
    guard let kind = view.kind else {
      throw NodeError.kindUnknownHere(id: view.id, kind: view.kindName?.code ?? "?")
    }
    guard let index = kind.fieldIndex(named: name) else {
      throw NodeError.rejected([.unknownField(name, of: kind)])
    }
    let field = kind.fields[index]
    guard field.type == .text else { throw NodeError.notErasable(field: field.code) }
    let cell = kind.cell(ofField: index)
    return (cell, cell == field.number ? 0 : field.number)
  }
}

extension Snapshot {
  /// A record with those that it was moved from and to, as far as they are held: the same was written in them.
  fileprivate func relatives(of view: RecordView) throws -> [RecordView] {
    var found = [view]
    var seen: Set<RecordPlace> = [RecordPlace(space: view.space, record: view.id)]
    var next = 0
    while next < found.count {
      let state = found[next].state
      let places = [state.creation?.creation.origin].compactMap { $0 } + state.heirs
      for place in places where seen.insert(place).inserted {
        if let other = try record(place.record, in: place.space) { found.append(other) }
      }
      next += 1
    }
    return found
  }
}

extension Authority {
  /// Erases what the redactions that count name and nothing has erased yet.
  /// - Returns: those that did.
  func erase(in commit: Commit) throws -> [Redaction] {
    try commit.snapshot.statedRedactions()
      .filter { mayRedact($0.author, $0.redaction.space) }.map(\.redaction)
      .filter { redaction in
        guard try commit.erase(redaction) else { return false }
        try eraseOrigins(of: redaction, in: commit)
        return true
      }
  }

  /// What this node wrote before it joined elsewhere lies in logs that nobody else has, and no redaction can name them:
  /// the same field of what the record was made in place of is erased with it.
  private func eraseOrigins(of redaction: Redaction, in commit: Commit) throws {
    var place = RecordPlace(space: redaction.space, record: redaction.record)
    // Nobody makes a chain as long but who wants it to have no end.
    for _ in 0..<64 {
      guard let origin = try commit.snapshot.record(place.record, in: place.space)?.origin,
        let view = try commit.snapshot.record(origin.record, in: origin.space)
      else { return }
      place = origin
      guard !mayWriteOwn(origin.space) else { continue }
      let texts = try commit.snapshot.texts(of: view, cell: redaction.cell, member: redaction.member)
        .filter { isOwn($0.change.log.node) }
      guard !texts.isEmpty else { continue }
      var local = redaction
      (local.space, local.record, local.erased) = (origin.space, origin.record, texts)
      try commit.erase(local)
    }
  }
}
