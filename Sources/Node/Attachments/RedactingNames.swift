internal import Ledger
public import Store
internal import Trust

/// Erasing what an attachment was called: a file's name may name a person.
extension LocalNode {
  /// Gives the attachments of a name another one and erases the former for good, in what the record has and ever had: here,
  /// and at every node that hears of it. The contents stay. So for the records that this one was moved from and to.
  ///
  /// The name is part of the text that says which content is meant. So it is written anew first, and the former text goes
  /// as that of any field does.
  /// - Parameter reason: read by all offices.
  /// - Returns: the attachments as they are called now, and whether nothing of the name is left in the file.
  /// - Throws: `mayNotRedact`; `badName` of a new name that is none, or the former one; `unknown`.
  public func redactAttachmentName(
    _ prefix: String, name: String, to given: String, reason: String, operatorName: String
  ) throws -> (views: [AttachmentView], isScrubbed: Bool) {
    let new = try newName(given, for: name, reason: reason)
    func isMeant(_ attachment: Attachment) -> Bool { attachment.name.utf8.elementsEqual(name.utf8) }
    let views = try writeOwn { commit in
      let record = try commit.snapshot.record(prefix: prefix)
      try requireScope(record.space.division, try commit.pack())
      var isKnown = false
      for one in try commit.snapshot.relatives(of: record) {
        try rename(one, to: new, operatorName: operatorName, in: commit, where: isMeant)
        let texts = try commit.snapshot.texts(ofAttachments: one, where: isMeant)
        isKnown = isKnown || !texts.isEmpty
        try redact(
          texts, of: RecordPlace(space: one.space, record: one.id), cell: Attachment.cell, member: 0,
          reason: reason, operatorName: operatorName, in: commit)
      }
      try redactCopies(operatorName: operatorName, in: commit)
      guard isKnown else { throw AttachmentError.unknown(name: name, record: record.id) }
      let now = try commit.snapshot.record(record.id, in: record.space)!
      return try commit.snapshot.attachments(of: now) { $0.name.utf8.elementsEqual(new.utf8) }
    }
    return (views, try store.scrub())
  }

  /// Whether an attachment's name could be redacted: what `redactAttachmentName` throws, before anybody is asked.
  public func requireNameRedactable(_ prefix: String, name: String, to given: String, reason: String) throws {
    _ = try newName(given, for: name, reason: reason)
    try store.read { snapshot in
      let record = try snapshot.record(prefix: prefix)
      try requireScope(record.space.division, try snapshot.pack())
      let isKnown = try snapshot.relatives(of: record).contains { one in
        try !snapshot.texts(ofAttachments: one) { $0.name.utf8.elementsEqual(name.utf8) }.isEmpty
      }
      guard isKnown else { throw AttachmentError.unknown(name: name, record: record.id) }
    }
  }

  private func newName(_ given: String, for name: String, reason: String) throws -> String {
    guard identity.chain.first?.office?.rights.contains(.redact) == true else { throw NodeError.mayNotRedact }
    guard reason.contains(where: { !$0.isWhitespace }) else { throw AttachmentError.noReason }
    guard let new = AttachmentName.cleaned(given), !new.utf8.elementsEqual(name.utf8) else {
      throw AttachmentError.badName(given)
    }
    return new
  }

  private func rename(
    _ record: RecordView, to name: String, operatorName: String, in commit: Commit,
    where isMeant: (Attachment) -> Bool
  ) throws {
    let meant = record.state.attachments.map(\.attachment).filter(isMeant)
    guard !meant.isEmpty, record.existence != .deleted else { return }
    let renamed = meant.map { Attachment(content: $0.content, byteCount: $0.byteCount, name: name) }
    try append(
      .setChange(cell: Attachment.cell, add: renamed.map(\.value), remove: meant.map(\.value)), to: record,
      operatorName: operatorName, in: commit)
  }
}

extension Snapshot {
  /// The texts that say which attachments a record has or had.
  fileprivate func texts(
    ofAttachments record: RecordView, where isMeant: (Attachment) -> Bool
  ) throws -> [Redaction.Erased] {
    try texts(of: record, cell: Attachment.cell, member: 0) { Attachment(.text($0)).map(isMeant) ?? false }
  }
}
