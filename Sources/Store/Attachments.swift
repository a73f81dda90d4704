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
  /// The change that attached it.
  public var change: ChangeRef
}

/// One that is missing, with the record that it is missing in.
public struct MissingAttachment: Sendable, Hashable {
  public var space: Space
  public var record: RecordID
  public var content: Hash256
  public var byteCount: Int

  public init(space: Space, record: RecordID, content: Hash256, byteCount: Int) {
    self.space = space
    self.record = record
    self.content = content
    self.byteCount = byteCount
  }
}

/// Which missing attachments are looked for.
public struct MissingFilter: Sendable {
  /// Only what this node itself attached; nil: whoever did.
  public var author: NodeID?
  /// Leaves out what this peer has said, since then, that it has not got.
  public var absentSince: (peer: Int64, time: Int64)?

  public init(author: NodeID? = nil, absentSince: (peer: Int64, time: Int64)? = nil) {
    self.author = author
    self.absentSince = absentSince
  }
}

extension Snapshot {
  /// The attachments of a record, by their names.
  public func attachments(of view: RecordView) throws -> [AttachmentView] {
    let attached = view.state.attachments
    guard !attached.isEmpty else { return [] }
    return try attached.map { one in
      let erasure = try erasure(of: one.attachment.content, record: view.id, in: view.space)
      return AttachmentView(
        attachment: one.attachment,
        isHere: try erasure == nil && isHere(one.attachment.content, in: view.space),
        erasure: erasure, change: one.dot.change)
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

  /// Why a record's attachment was erased; nil where it was not.
  public func erasure(of content: Hash256, record: RecordID, in space: Space) throws -> String? {
    let statement = try db.cachedStatement(
      sql: "SELECT reason FROM erasures WHERE division = ? AND section = ? AND record = ? AND content = ?")
    return try String.fetchOne(
      statement,
      arguments: [
        space.division.description, space.section.rawValue, Data(record.bytes), content.data,
      ])
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

  /// The records that have attachments which were not erased.
  public func recordsWithAttachments() throws -> some Sequence<RecordView> {
    try Int64.fetchAll(db, sql: "SELECT DISTINCT record FROM attachments WHERE NOT erased").lazy.compactMap {
      key in
      try? RecordRow.find(db, key: key).map { try view($0) }
    }
  }

  /// Contents that records have and that are missing here.
  public func missingAttachmentCount() throws -> Int {
    try Int.fetchOne(db, sql: "SELECT count(*) FROM contents WHERE NOT here") ?? 0
  }

  /// Missing attachments in the order of their spaces and contents, from behind `last`.
  public func missingAttachments(
    after last: MissingAttachment?, scope: (Space) -> Bool, _ filter: MissingFilter, limit: Int
  ) throws -> [MissingAttachment] {
    let lastSpace = try last.flatMap { try LogRegistry(db).existingSpace($0.space)?.key } ?? -1
    let (peer, since) = filter.absentSince ?? (-1, 0)
    var found: [MissingAttachment] = []
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT DISTINCT c.space, c.content, r.id, a.bytes FROM contents c INDEXED BY contents_missing
        CROSS JOIN attachments a ON a.content = c.content AND NOT a.erased
        CROSS JOIN records r ON r.key = a.record AND r.space = c.space
        WHERE NOT c.here AND (c.space, c.content) >= (?1, ?2)
          AND (c.space, c.content, r.id, a.bytes) > (?1, ?2, ?3, ?4)
          AND (?5 IS NULL OR a.author = ?5)
          AND NOT EXISTS (
            SELECT 1 FROM absences x
            WHERE x.peer = ?6 AND x.space = c.space AND x.content = c.content AND x.at > ?7)
        ORDER BY c.space, c.content, r.id, a.bytes
        """,
      arguments: [
        lastSpace, last?.content.data ?? Data(), last.map { Data($0.record.bytes) } ?? Data(),
        last?.byteCount ?? -1, filter.author?.hash.data, peer, since,
      ])
    while found.count < limit, let row = try rows.next() {
      let space = try space(key: row[0])
      guard scope(space) else { continue }
      guard let record = RecordID(row[2] as Data) else { throw StoreError.damaged("an attachment's record") }
      found.append(
        MissingAttachment(space: space, record: record, content: try hash(row[1] as Data), byteCount: row[3]))
    }
    return found
  }

  /// Whether a content is missing for any record.
  public func isMissing(_ content: Hash256) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM contents INDEXED BY contents_missing WHERE NOT here AND content = ?)"
    )
    return try Bool.fetchOne(statement, arguments: [content.data]) ?? false
  }

  /// Contents whose files are here, each once.
  public func contentsHere() throws -> [Hash256] {
    try Data.fetchAll(db, sql: "SELECT DISTINCT content FROM contents WHERE here").map { try hash($0) }
  }

  /// Contents whose files have to go.
  public func unwantedContents() throws -> [Hash256] {
    try Data.fetchAll(db, sql: "SELECT content FROM unwanted").map { try hash($0) }
  }
}
