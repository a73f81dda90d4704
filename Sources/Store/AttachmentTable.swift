internal import Foundation
internal import GRDB
public import Ledger

/// Which records have which attachments, as their states say, and which contents are missing because of it.
struct AttachmentTable {
  private let db: Database

  init(_ db: Database) { self.db = db }

  /// What a record has by its state. A record that is deleted has none that anybody has to fetch.
  static func attachments(of state: RecordState) -> [RecordState.Attached] {
    state.cell(Attachment.cell, .set) == nil || state.existence == .deleted ? [] : state.attachments
  }

  /// Writes anew what a record has.
  func replace(record: Int64, id: RecordID, space: Int64, _ state: RecordState) throws {
    let attached = AttachmentTable.attachments(of: state)
    let former = try contents(of: record)
    guard !attached.isEmpty || !former.isEmpty else { return }
    let erased = try erasedContents(record: id, space: space)
    try db.cachedStatement(sql: "DELETE FROM attachments WHERE record = ?").execute(arguments: [record])
    for one in attached {
      let attachment = one.attachment
      try db.cachedStatement(
        sql: """
          INSERT INTO attachments(record, content, name, bytes, author, erased) VALUES (?, ?, ?, ?, ?, ?)
          """
      ).execute(arguments: [
        record, attachment.content.data, attachment.name, attachment.byteCount,
        one.dot.change.log.node.hash.data,
        erased.contains(attachment.content),
      ])
    }
    for content in former.union(attached.map(\.attachment.content)) { try settle(content, space: space) }
  }

  private func contents(of record: Int64) throws -> Set<Hash256> {
    let statement = try db.cachedStatement(sql: "SELECT content FROM attachments WHERE record = ?")
    return Set(try Data.fetchAll(statement, arguments: [record]).map { try hash($0) })
  }

  private func erasedContents(record: RecordID, space: Int64) throws -> Set<Hash256> {
    let statement = try db.cachedStatement(
      sql: """
        SELECT e.content FROM erasures e JOIN spaces s ON s.division = e.division AND s.section = e.section
        WHERE s.key = ? AND e.record = ?
        """)
    return Set(try Data.fetchAll(statement, arguments: [space, Data(record.bytes)]).map { try hash($0) })
  }

  /// Notes whether a content is missing in a space. One that is here stays, for whoever attaches it again, unless it
  /// was erased in some record: then nothing else keeps it.
  func settle(_ content: Hash256, space: Int64) throws {
    guard try !isWanted(content, space: space) else {
      try db.cachedStatement(sql: "INSERT OR IGNORE INTO contents(space, content, here) VALUES (?, ?, 0)")
        .execute(arguments: [space, content.data])
      return
    }
    try db.cachedStatement(sql: "DELETE FROM contents WHERE space = ? AND content = ? AND NOT here")
      .execute(arguments: [space, content.data])
    if try isErasedAnywhere(content) { try forsake(content) }
  }

  /// Names a content as one whose file may have to go. Whether it does is judged once all is written.
  func forsake(_ content: Hash256) throws {
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO unwanted(content) VALUES (?)")
      .execute(arguments: [content.data])
  }

  /// Whether an erasure names it, in whichever record. Erasures are few.
  private func isErasedAnywhere(_ content: Hash256) throws -> Bool {
    let statement = try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM erasures WHERE content = ?)")
    return try Bool.fetchOne(statement, arguments: [content.data]) ?? false
  }

  /// Whether any record has it, as one that was not erased there.
  func isWanted(_ content: Hash256) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM attachments WHERE content = ? AND NOT erased)")
    return try Bool.fetchOne(statement, arguments: [content.data]) ?? false
  }

  func isWanted(_ content: Hash256, space: Int64) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: """
        SELECT EXISTS (
          SELECT 1 FROM attachments a JOIN records r ON r.key = a.record
          WHERE a.content = ? AND r.space = ? AND NOT a.erased)
        """)
    return try Bool.fetchOne(statement, arguments: [content.data, space]) ?? false
  }

  /// Whether it is here for any space.
  func isHere(_ content: Hash256) throws -> Bool {
    // Few spaces have it, if more than one.
    let statement = try db.cachedStatement(
      sql:
        "SELECT EXISTS (SELECT 1 FROM spaces s JOIN contents c ON c.space = s.key AND c.content = ? AND c.here)"
    )
    return try Bool.fetchOne(statement, arguments: [content.data]) ?? false
  }
}

extension Commit {
  /// A content that a record of that space has is here, as a file that lasts.
  /// - Returns: false where no record of the space has it, or wants it any more.
  @discardableResult
  public func noteHere(_ content: Hash256, in space: Space) throws -> Bool {
    guard let key = try logs.existingSpace(space)?.key,
      try AttachmentTable(db).isWanted(content, space: key)
    else { return false }
    try db.cachedStatement(
      sql: """
        INSERT INTO contents(space, content, here) VALUES (?, ?, 1) ON CONFLICT(space, content) DO UPDATE SET here = 1
        """
    ).execute(arguments: [key, content.data])
    try db.cachedStatement(sql: "DELETE FROM absences WHERE space = ? AND content = ?").execute(
      arguments: [key, content.data])
    return true
  }

  /// A file was found to be missing, or not what its name says.
  public func noteMissing(_ content: Hash256) throws {
    let spaces = try Int64.fetchAll(
      db, sql: "SELECT s.key FROM spaces s JOIN contents c ON c.space = s.key AND c.content = ?",
      arguments: [content.data])
    for space in spaces {
      try db.execute(
        sql: "UPDATE contents SET here = 0 WHERE space = ? AND content = ?", arguments: [space, content.data])
      try AttachmentTable(db).settle(content, space: space)
    }
  }

  /// A peer has not got what it was asked for.
  ///
  /// - Parameter time: milliseconds since 1970.
  public func noteAbsent(_ content: Hash256, in space: Space, peer: Int64, at time: Int64) throws {
    guard let key = try logs.existingSpace(space)?.key else { return }
    try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO absences(peer, space, content, at) VALUES (?, ?, ?, ?)"
    )
    .execute(arguments: [peer, key, content.data, time])
  }

  /// Keeps that a record's attachment was erased, whether the record is here or comes later.
  ///
  /// The file goes when no other record wants it: it is named as unwanted, and whoever has the folder looks after it.
  /// - Returns: whether that was news.
  @discardableResult
  public func erase(_ erasure: AttachmentErasure) throws -> Bool {
    let place: StatementArguments = [
      erasure.space.division.description, erasure.space.section.rawValue, Data(erasure.record.bytes),
      erasure.content.data,
    ]
    try db.execute(
      sql: """
        INSERT INTO erasures(division, section, record, content, reason) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """, arguments: place + [erasure.reason])
    guard db.changesCount > 0 else { return false }
    // A record that was moved on is not there, and what it had may be.
    try AttachmentTable(db).forsake(erasure.content)
    guard let space = try logs.existingSpace(erasure.space)?.key else { return true }
    try db.execute(
      sql: """
        UPDATE attachments SET erased = 1
        WHERE content = ?1 AND record IN (SELECT key FROM records WHERE id = ?2 AND space = ?3)
        """, arguments: [erasure.content.data, Data(erasure.record.bytes), space])
    try AttachmentTable(db).settle(erasure.content, space: space)
    return true
  }

  /// A content that was named as unwanted was looked at, and its file has gone unless it is wanted all the same. It is
  /// here no more for the spaces where no record wants it.
  public func settleUnwanted(_ content: Hash256) throws {
    let table = AttachmentTable(db)
    let spaces = try Int64.fetchAll(
      db, sql: "SELECT s.key FROM spaces s JOIN contents c ON c.space = s.key AND c.content = ?",
      arguments: [content.data])
    for space in spaces where try !table.isWanted(content, space: space) {
      try db.execute(
        sql: "DELETE FROM contents WHERE space = ? AND content = ?", arguments: [space, content.data])
    }
    try db.execute(sql: "DELETE FROM unwanted WHERE content = ?", arguments: [content.data])
  }
}
