internal import Foundation
internal import GRDB
public import Ledger

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

/// Some of what is missing, in the order in which it came to be.
public struct MissingPage: Sendable {
  public var found: [MissingAttachment]
  /// The last number that was looked at.
  public var through: Int64
  /// Whether nothing stands behind it.
  public var isLast: Bool
}

/// How far a peer was asked for what is missing.
public struct Asked: Sendable, Hashable {
  /// What the two could read then, and what was asked for: under others it says nothing.
  public var terms: Hash256
  /// The last number that was asked for.
  public var through: Int64
  /// When it was last begun from the front: milliseconds since 1970.
  public var time: Int64
  /// How many contents had come to be at the peer, as it had said.
  public var contents: UInt64

  public init(terms: Hash256, through: Int64, time: Int64, contents: UInt64) {
    self.terms = terms
    self.through = through
    self.time = time
    self.contents = contents
  }
}

extension Snapshot {
  /// Missing attachments from behind a number.
  ///
  /// - Parameters:
  ///   - author: only what this node attached; nil: whoever did.
  ///   - limit: how many are found at most; those outside the scope are passed over and not counted.
  public func missingAttachments(
    after number: Int64, author: NodeID?, scope: (Space) -> Bool, limit: Int
  ) throws -> MissingPage {
    let source =
      author == nil
      ? "missing m WHERE m.number > ?1"
      : "missing m INDEXED BY missing_by_author WHERE m.author = ?2 AND m.number > ?1"
    let statement = try db.cachedStatement(
      sql: """
        SELECT m.number, m.space, (SELECT id FROM records WHERE key = m.record), m.content, m.bytes
        FROM \(source) ORDER BY m.number
        """)
    var page = MissingPage(found: [], through: number, isLast: true)
    let rows = try Row.fetchCursor(
      statement, arguments: author.map { [number, $0.hash.data] } ?? [number])
    while let row = try rows.next() {
      page.through = row[0]
      let space = try space(key: row[1])
      guard scope(space) else { continue }
      guard let record = (row[2] as Data?).flatMap({ RecordID($0) }) else {
        throw StoreError.damaged("an attachment's record")
      }
      page.found.append(
        MissingAttachment(
          space: space, record: record, content: try hash(row[3] as Data), byteCount: row[4]))
      guard page.found.count < limit else {
        page.isLast = false
        break
      }
    }
    return page
  }

  /// The contents that are missing, each with the spaces that have records which want it.
  public func missingContents() throws -> [Hash256: [Space]] {
    try Row.fetchAll(db, sql: "SELECT content, space FROM contents WHERE NOT here").reduce(into: [:]) {
      all, row in
      all[try hash(row[0] as Data), default: []].append(try space(key: row[1]))
    }
  }

  /// The number before the last so many that are missing; 0 where there are no more.
  public func missingNumber(beforeLast count: Int) throws -> Int64 {
    let statement = try db.cachedStatement(
      sql: "SELECT number FROM missing ORDER BY number DESC LIMIT 1 OFFSET ?")
    return try Int64.fetchOne(statement, arguments: [count]) ?? 0
  }

  /// Whether nothing is missing that records of these spaces have.
  public func isComplete(scope: (Space) -> Bool) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: "SELECT key FROM spaces s WHERE EXISTS (SELECT 1 FROM missing m WHERE m.space = s.key)")
    return try !Int64.fetchAll(statement).contains { scope(try space(key: $0)) }
  }

  public func asked(peer: Int64) throws -> Asked? {
    let statement = try db.cachedStatement(
      sql: "SELECT terms, through, at, contents FROM asked WHERE peer = ?")
    return try Row.fetchOne(statement, arguments: [peer]).map { row in
      Asked(
        terms: try hash(row[0] as Data), through: row[1], time: row[2],
        contents: UInt64(bitPattern: row[3] as Int64))
    }
  }
}

extension Commit {
  public func keep(_ asked: Asked, peer: Int64) throws {
    try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO asked(peer, terms, through, at, contents) VALUES (?, ?, ?, ?, ?)"
    ).execute(arguments: [
      peer, asked.terms.data, asked.through, asked.time, Int64(bitPattern: asked.contents),
    ])
  }
}

/// Keeps the table of what is missing in line with what records have and what is here.
struct MissingTable {
  private let db: Database

  init(_ db: Database) { self.db = db }

  /// What a record has was written anew. A row that stays keeps its number.
  func settle(record: Int64, space: Int64) throws {
    try db.cachedStatement(
      sql: """
        DELETE FROM missing WHERE record = ?1 AND NOT EXISTS (
          SELECT 1 FROM attachments a JOIN contents c ON c.space = ?2 AND c.content = a.content AND NOT c.here
          WHERE a.record = ?1 AND a.content = missing.content AND a.bytes = missing.bytes
            AND a.author = missing.author AND NOT a.erased)
        """
    ).execute(arguments: [record, space])
    try db.cachedStatement(
      sql: """
        INSERT OR IGNORE INTO missing(space, record, content, bytes, author)
        SELECT ?2, a.record, a.content, a.bytes, a.author FROM attachments a
        JOIN contents c ON c.space = ?2 AND c.content = a.content AND NOT c.here
        WHERE a.record = ?1 AND NOT a.erased ORDER BY a.content
        """
    ).execute(arguments: [record, space])
  }

  /// It is here, or no record wants it.
  func remove(_ content: Hash256, space: Int64) throws {
    try db.cachedStatement(sql: "DELETE FROM missing WHERE space = ? AND content = ?")
      .execute(arguments: [space, content.data])
  }

  /// It is not here any more: every record of the space that wants it lacks it.
  func add(_ content: Hash256, space: Int64) throws {
    try db.cachedStatement(
      sql: """
        INSERT OR IGNORE INTO missing(space, record, content, bytes, author)
        SELECT r.space, a.record, a.content, a.bytes, a.author
        FROM attachments a JOIN records r ON r.key = a.record AND r.space = ?1
        WHERE a.content = ?2 AND NOT a.erased ORDER BY a.record
        """
    ).execute(arguments: [space, content.data])
  }

  /// Rows of records that have not got it any more, or not at all, after all of them were made anew, and of contents that
  /// are not here and that none of them wants.
  func removeStrays() throws {
    try db.execute(
      sql: """
        DELETE FROM missing WHERE NOT EXISTS (
          SELECT 1 FROM attachments a JOIN records r ON r.key = a.record AND r.space = missing.space
          JOIN contents c ON c.space = r.space AND c.content = a.content AND NOT c.here
          WHERE a.record = missing.record AND a.content = missing.content AND a.bytes = missing.bytes
            AND a.author = missing.author AND NOT a.erased);
        DELETE FROM contents WHERE NOT here AND NOT EXISTS (
          SELECT 1 FROM attachments a JOIN records r ON r.key = a.record
          WHERE a.content = contents.content AND r.space = contents.space AND NOT a.erased);
        """)
  }

  /// Whether what is missing of a record is what is listed so, and of each content of it is noted whether it is here.
  func fits(record: Int64) throws -> Bool {
    let wanted = """
      SELECT a.content, a.bytes, a.author FROM attachments a JOIN records r ON r.key = a.record
      JOIN contents c ON c.space = r.space AND c.content = a.content AND NOT c.here
      WHERE a.record = ?1 AND NOT a.erased
      """
    let listed = "SELECT content, bytes, author FROM missing WHERE record = ?1"
    let statement = try db.cachedStatement(
      sql: """
        SELECT EXISTS (\(wanted) EXCEPT \(listed)) OR EXISTS (\(listed) EXCEPT \(wanted)) OR EXISTS (
          SELECT 1 FROM attachments a JOIN records r ON r.key = a.record
          WHERE a.record = ?1 AND NOT a.erased AND NOT EXISTS (
            SELECT 1 FROM contents c WHERE c.space = r.space AND c.content = a.content))
        """)
    return try Bool.fetchOne(statement, arguments: [record]) != true
  }
}
