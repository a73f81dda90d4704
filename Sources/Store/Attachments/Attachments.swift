internal import Foundation
internal import GRDB
public import Ledger

/// What is known of one attachment of a record.
public struct AttachmentView: Sendable, Hashable {
  public var attachment: Attachment
  /// Whether its content is here, for the records of that space, and was not erased.
  public var isHere: Bool
  /// Why its content was erased everywhere; nil where it was not.
  public var erasure: String?
  /// Whether the record has it no more: it was taken off.
  public var isRemoved: Bool
  /// The change that attached it.
  public var change: ChangeRef
}

extension Snapshot {
  /// The attachments of a record, by their names.
  ///
  /// - Parameter isMeant: which of them; what is known of the others is not looked up.
  public func attachments(
    of view: RecordView, where isMeant: (Attachment) -> Bool = { _ in true }
  ) throws -> [AttachmentView] {
    try view.state.attachments.filter { isMeant($0.attachment) }.map { one in
      try attachment(one.attachment, of: view, change: one.dot.change, isRemoved: false)
    }
  }

  private func attachment(
    _ attachment: Attachment, of view: RecordView, change: ChangeRef, isRemoved: Bool
  ) throws -> AttachmentView {
    let erasure = try erasure(of: attachment.content, in: view.space)
    return AttachmentView(
      attachment: attachment, isHere: try erasure == nil && isHere(attachment.content, in: view.space),
      erasure: erasure, isRemoved: isRemoved, change: change)
  }

  /// What a record had once and has no more, as far as its changes are held and its texts were not erased: by their
  /// names, each once.
  public func formerAttachments(of view: RecordView) throws -> [AttachmentView] {
    var found: [Attachment: ChangeRef] = [:]
    for arrival in try arrivals(touching: view) {
      let stored = try decoded.change(arrival: arrival)
      let naming = RecordNaming(db: db, logs: LogRegistry(db), decoded: decoded)
      for (mutation, _) in try decoded.mutations(of: view.id, in: arrival, naming) {
        for write in mutation.writes where write.cell == Attachment.cell {
          guard case .elements(let values) = write.content else { continue }
          for one in values.compactMap({ Attachment($0) }) where found[one] == nil {
            found[one] = stored.change.ref
          }
        }
      }
    }
    for one in view.state.attachments { found[one.attachment] = nil }
    return try found.sorted { $0.key < $1.key }.map {
      try attachment($0.key, of: view, change: $0.value, isRemoved: true)
    }
  }

  /// Whether a content is here for the records of a space.
  public func isHere(_ content: Hash256, in space: Space) throws -> Bool {
    guard let key = try LogRegistry(db).existingSpace(space)?.key else { return false }
    let statement = try db.cachedStatement(sql: "SELECT here FROM contents WHERE space = ? AND content = ?")
    return try Bool.fetchOne(statement, arguments: [key, content.data]) ?? false
  }

  /// Whether a content is here for any record.
  public func isHere(_ content: Hash256) throws -> Bool {
    try AttachmentTable(db).isHere(content)
  }

  /// Whether any record has a content, as one that was not erased there.
  public func isWanted(_ content: Hash256) throws -> Bool { try AttachmentTable(db).isWanted(content) }

  /// Why a content was erased for the records of a space; nil where it was not.
  public func erasure(of content: Hash256, in space: Space) throws -> String? {
    let statement = try db.cachedStatement(
      sql: "SELECT reason FROM erased WHERE content = ? AND division = ?")
    return try String.fetchOne(statement, arguments: [content.data, space.division.description])
  }

  /// The records that have a content, whatever became of that.
  public func records(with content: Hash256) throws -> [(space: Space, id: RecordID)] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT DISTINCT r.space, r.id FROM attachments a JOIN records r ON r.key = a.record
        WHERE a.content = ? ORDER BY r.key
        """, arguments: [content.data]
    ).compactMap { row in
      try RecordID(row[1] as Data).map { (try space(key: row[0]), $0) }
    }
  }

  /// Whether a content may be given to who reads that record: it lives there, was not erased, and is here for it.
  public func gives(_ content: Hash256, of record: RecordID, in space: Space) throws -> Bool {
    guard let key = try LogRegistry(db).existingSpace(space)?.key else { return false }
    let statement = try db.cachedStatement(
      sql: """
        SELECT EXISTS (
          SELECT 1 FROM records r JOIN attachments a ON a.record = r.key AND a.content = ?3 AND NOT a.erased
          JOIN contents c ON c.space = r.space AND c.content = a.content AND c.here
          WHERE r.id = ?2 AND r.space = ?1)
        """)
    return try Bool.fetchOne(statement, arguments: [key, Data(record.bytes), content.data]) ?? false
  }

  /// Whether an attachment is still missing, and wanted.
  public func isMissing(_ missing: MissingAttachment) throws -> Bool {
    try !missingByteCounts(missing.content, of: missing.record, in: missing.space).isEmpty
  }

  /// How long a missing content is by what that record says, which may be several things; nothing where it is not
  /// missing there, or not wanted.
  public func missingByteCounts(_ content: Hash256, of record: RecordID, in space: Space) throws -> Set<Int> {
    guard let key = try LogRegistry(db).existingSpace(space)?.key else { return [] }
    let statement = try db.cachedStatement(
      sql: """
        SELECT a.bytes FROM contents c JOIN records r ON r.space = c.space AND r.id = ?3
        JOIN attachments a ON a.record = r.key AND a.content = c.content AND NOT a.erased
        WHERE c.space = ?1 AND c.content = ?2 AND NOT c.here
        """)
    return try Int.fetchSet(statement, arguments: [key, content.data, Data(record.bytes)])
  }

  /// Goes through the records that have attachments which were not erased.
  ///
  /// - Throws: what `body` throws, and `StoreError.damaged` of a record that cannot be read.
  public func forEachRecordWithAttachments(_ body: (RecordView) throws -> Void) throws {
    for key in try Int64.fetchAll(db, sql: "SELECT DISTINCT record FROM attachments WHERE NOT erased") {
      if let row = try RecordRow.find(db, key: key) { try body(view(row)) }
    }
  }

  /// Contents that records of these spaces have and that are missing here, each once a space.
  public func missingAttachmentCount(scope: (Space) -> Bool) throws -> Int {
    let rows = try Row.fetchAll(
      db, sql: "SELECT space, count(DISTINCT content) FROM missing GROUP BY space")
    return try rows.reduce(0) { sum, row in try sum + (scope(space(key: row[0])) ? row[1] : 0) }
  }

  /// Whether a content is missing for any record.
  public func isMissing(_ content: Hash256) throws -> Bool { try AttachmentTable(db).isMissing(content) }

  /// Contents whose files are here, each once.
  public func contentsHere() throws -> [Hash256] {
    try Data.fetchAll(db, sql: "SELECT DISTINCT content FROM contents WHERE here").map { try hash($0) }
  }

  /// Contents whose files have to go.
  public func unwantedContents() throws -> [Hash256] {
    try Data.fetchAll(db, sql: "SELECT content FROM unwanted").map { try hash($0) }
  }
}
