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

  /// Writes what a record has by its state where that is other than what stands here: most changes of a record leave
  /// its attachments as they are, however many these are.
  func replace(record: Int64, space: Int64, _ state: RecordState) throws {
    var gone = try authors(of: record)
    var new: [RecordState.Attached] = []
    for one in AttachmentTable.attachments(of: state) {
      if gone[one.attachment] == one.dot.change.log.node {
        gone[one.attachment] = nil
      } else {
        new.append(one)
      }
    }
    guard !gone.isEmpty || !new.isEmpty else { return }
    for attachment in gone.keys { try delete(attachment, of: record) }
    for one in new { try insert(one, to: record, space: space) }
    for content in Set(gone.keys.map(\.content) + new.map(\.attachment.content)) {
      try settle(content, space: space)
    }
    try MissingTable(db).settle(record: record, space: space)
  }

  /// What stands here of a record, each with the node that attached it.
  private func authors(of record: Int64) throws -> [Attachment: NodeID] {
    let statement = try db.cachedStatement(
      sql: "SELECT content, bytes, name, author FROM attachments WHERE record = ?")
    var found: [Attachment: NodeID] = [:]
    let rows = try Row.fetchCursor(statement, arguments: [record])
    while let row = try rows.next() {
      let attachment = Attachment(content: try hash(row[0] as Data), byteCount: row[1], name: row[2])
      found[attachment] = NodeID(try hash(row[3] as Data))
    }
    return found
  }

  private func delete(_ attachment: Attachment, of record: Int64) throws {
    try db.cachedStatement(
      sql: "DELETE FROM attachments WHERE record = ? AND content = ? AND name = ? AND bytes = ?"
    ).execute(arguments: [record, attachment.content.data, attachment.name, attachment.byteCount])
  }

  private func insert(_ one: RecordState.Attached, to record: Int64, space: Int64) throws {
    let attachment = one.attachment
    try db.cachedStatement(
      sql: "INSERT INTO attachments(record, content, name, bytes, author, erased) VALUES (?, ?, ?, ?, ?, ?)"
    ).execute(arguments: [
      record, attachment.content.data, attachment.name, attachment.byteCount,
      one.dot.change.log.node.hash.data, try isErased(attachment.content, space: space),
    ])
  }

  private func isErased(_ content: Hash256, space: Int64) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: """
        SELECT EXISTS (
          SELECT 1 FROM erased e JOIN spaces s ON s.division = e.division WHERE e.content = ? AND s.key = ?)
        """)
    return try Bool.fetchOne(statement, arguments: [content.data, space]) ?? false
  }

  /// Notes whether a content is missing in a space. One that is here stays, for whoever attaches it again, unless it
  /// was erased anywhere: then nothing else keeps it.
  func settle(_ content: Hash256, space: Int64) throws {
    guard try !isWanted(content, space: space) else {
      try db.cachedStatement(sql: "INSERT OR IGNORE INTO contents(space, content, here) VALUES (?, ?, 0)")
        .execute(arguments: [space, content.data])
      return
    }
    try db.cachedStatement(sql: "DELETE FROM contents WHERE space = ? AND content = ? AND NOT here")
      .execute(arguments: [space, content.data])
    try MissingTable(db).remove(content, space: space)
    if try isErasedAnywhere(content) { try forsake(content) }
  }

  /// Names a content as one whose file may have to go. Whether it does is judged once all is written.
  func forsake(_ content: Hash256) throws {
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO unwanted(content) VALUES (?)")
      .execute(arguments: [content.data])
  }

  /// Whether an erasure names it, in whichever record. Erasures are few.
  private func isErasedAnywhere(_ content: Hash256) throws -> Bool {
    let statement = try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM erased WHERE content = ?)")
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
    let statement = try db.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM \(AttachmentTable.bySpaces) AND c.here)")
    return try Bool.fetchOne(statement, arguments: [content.data]) ?? false
  }

  /// Whether it is missing for any space.
  func isMissing(_ content: Hash256) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM \(AttachmentTable.bySpaces) AND NOT c.here)")
    return try Bool.fetchOne(statement, arguments: [content.data]) ?? false
  }

  /// The spaces where it is here or missing.
  func spaces(of content: Hash256) throws -> [Int64] {
    let statement = try db.cachedStatement(sql: "SELECT s.key FROM \(AttachmentTable.bySpaces)")
    return try Int64.fetchAll(statement, arguments: [content.data])
  }

  /// A content's rows, looked up space by space, of which there are few. CROSS: else the planner goes through all
  /// contents for each.
  static let bySpaces = "spaces s CROSS JOIN contents c ON c.space = s.key AND c.content = ?"
}

extension Commit {
  /// Names a content as one whose file goes unless a record wants it: `settleUnwanted` is to be called for it.
  public func forsake(_ content: Hash256) throws { try AttachmentTable(db).forsake(content) }

  /// A content that a record of that space has is here, as a file that lasts.
  /// - Returns: false where no record of the space has it, or wants it any more.
  @discardableResult
  public func noteHere(_ content: Hash256, in space: Space) throws -> Bool {
    guard let key = try logs.existingSpace(space)?.key,
      try AttachmentTable(db).isWanted(content, space: key)
    else { return false }
    guard try !snapshot.isHere(content, in: space) else { return true }
    let number = try snapshot.contentNumber() + 1
    try setMeta(.contents, number.bigEndianBytes)
    try db.cachedStatement(
      sql: """
        INSERT INTO contents(space, content, here, got) VALUES (?1, ?2, 1, ?3)
        ON CONFLICT(space, content) DO UPDATE SET here = 1, got = ?3
        """
    ).execute(arguments: [key, content.data, number])
    try MissingTable(db).remove(content, space: key)
    return true
  }

  /// A file was found to be missing, or not what its name says.
  public func noteMissing(_ content: Hash256) throws {
    for space in try AttachmentTable(db).spaces(of: content) {
      try db.execute(
        sql: "UPDATE contents SET here = 0 WHERE space = ? AND content = ?", arguments: [space, content.data])
      try AttachmentTable(db).settle(content, space: space)
      try MissingTable(db).add(content, space: space)
    }
  }

  /// Keeps that a content was erased: in every record of these divisions that has it, whether it is here or comes
  /// later.
  ///
  /// The file goes when no other record wants it: it is named as unwanted, and whoever has the folder looks after it.
  /// - Parameter divisions: those that the erasure's author covers.
  /// - Returns: whether that was news.
  @discardableResult
  public func erase(_ erasure: AttachmentErasure, in divisions: [DivisionCode]) throws -> Bool {
    let content = erasure.content.data
    var isNew = false
    for division in divisions {
      try db.cachedStatement(
        sql: "INSERT OR IGNORE INTO erased(content, division, reason) VALUES (?, ?, ?)"
      ).execute(arguments: [content, division.description, erasure.reason])
      if db.changesCount > 0 { isNew = true }
    }
    guard isNew else { return false }
    // One that no record has any more may be here all the same.
    try AttachmentTable(db).forsake(erasure.content)
    try db.execute(
      sql: """
        UPDATE attachments SET erased = 1 WHERE content = ?1 AND NOT erased AND record IN (
          SELECT a.record FROM attachments a JOIN records r ON r.key = a.record JOIN spaces s ON s.key = r.space
          JOIN erased e ON e.content = a.content AND e.division = s.division WHERE a.content = ?1)
        """, arguments: [content])
    try db.execute(
      sql: """
        DELETE FROM missing WHERE content = ?1
          AND record IN (SELECT record FROM attachments WHERE content = ?1 AND erased)
        """, arguments: [content])
    let table = AttachmentTable(db)
    for space in try table.spaces(of: erasure.content) { try table.settle(erasure.content, space: space) }
    return true
  }

  /// A content that was named as unwanted was looked at, and its file has gone unless it is wanted all the same. It is
  /// here no more for the spaces where no record wants it.
  public func settleUnwanted(_ content: Hash256) throws {
    let table = AttachmentTable(db)
    for space in try table.spaces(of: content) where try !table.isWanted(content, space: space) {
      for table in ["contents", "holders"] {
        try db.execute(
          sql: "DELETE FROM \(table) WHERE space = ? AND content = ?", arguments: [space, content.data])
      }
    }
    try db.execute(sql: "DELETE FROM unwanted WHERE content = ?", arguments: [content.data])
  }
}
