internal import Foundation
internal import GRDB
public import Ledger

/// A peer that is known to hold a content: it gave it, has said that it became whole there, or that it lacks nothing.
public struct ContentHolder: Sendable, Hashable {
  public var node: NodeID?
  public var name: String?

  init(_ row: Row) {
    node = (row[0] as Data?).flatMap { NodeID($0) }
    name = row[1]
  }
}

/// Contents are numbered as they come to be here, and as they come to be missing: the last number of each.
public struct ContentNumbers: Sendable, Hashable {
  public var here: Int64
  public var missing: Int64

  public init(here: Int64 = 0, missing: Int64 = 0) {
    self.here = here
    self.missing = missing
  }
}

extension Snapshot {
  /// The peers that are known to hold a content for records of a space, by when that was last seen.
  public func holders(of content: Hash256, in space: Space) throws -> [ContentHolder] {
    guard let key = try LogRegistry(db).existingSpace(space)?.key else { return [] }
    let statement = try db.cachedStatement(
      sql: """
        SELECT p.node, p.name FROM holders h JOIN peers p ON p.key = h.peer
        WHERE h.space = ? AND h.content = ? ORDER BY h.at DESC, p.key
        """)
    return try Row.fetchAll(statement, arguments: [key, content.data]).map(ContentHolder.init)
  }

  /// The peers that are known to hold a content for records of other spaces than that one, by when that was last seen.
  public func holders(of content: Hash256, outside space: Space) throws -> [ContentHolder] {
    let key = try LogRegistry(db).existingSpace(space)?.key ?? 0
    let statement = try db.cachedStatement(
      sql: """
        SELECT p.node, p.name FROM holders h JOIN peers p ON p.key = h.peer
        WHERE h.content = ?2 AND h.space <> ?1 GROUP BY p.key ORDER BY max(h.at) DESC, p.key
        """)
    return try Row.fetchAll(statement, arguments: [key, content.data]).map(ContentHolder.init)
  }

  /// Whether a peer is known to hold a content for records of a space.
  public func isHeld(_ content: Hash256, in space: Space, by peer: Int64) throws -> Bool {
    guard let key = try LogRegistry(db).existingSpace(space)?.key else { return false }
    let statement = try db.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM holders WHERE space = ? AND content = ? AND peer = ?)")
    return try Bool.fetchOne(statement, arguments: [key, content.data, peer]) ?? false
  }

  /// The spaces in which contents came to be here or missing, up to those numbers, that are not noted of a peer that
  /// lacks nothing.
  func spacesWithNewContents(
    for peer: Int64, scope: (Space) -> Bool, through numbers: ContentNumbers
  ) throws -> [Int64] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT s.key FROM spaces s LEFT JOIN complete d ON d.space = s.key AND d.peer = ?1
        WHERE EXISTS (
            SELECT 1 FROM contents c
            WHERE c.space = s.key AND c.here AND c.got > coalesce(d.through, -1) AND c.got <= ?2)
          OR EXISTS (
            SELECT 1 FROM missing m
            WHERE m.space = s.key AND m.number > coalesce(d.missing, 0) AND m.number <= ?3)
        """)
    return try Int64.fetchAll(statement, arguments: [peer, numbers.here, numbers.missing]).filter {
      scope(try space(key: $0))
    }
  }

  /// Whether `noteComplete` has anything to note.
  public func mayNoteComplete(
    peer: Int64, scope: (Space) -> Bool, through numbers: ContentNumbers
  ) throws -> Bool {
    try !spacesWithNewContents(for: peer, scope: scope, through: numbers).isEmpty
  }

  /// The last numbers of both kinds.
  public func contentNumbers() throws -> ContentNumbers {
    let statement = try db.cachedStatement(sql: "SELECT max(number) FROM missing")
    return ContentNumbers(here: try contentNumber(), missing: try Int64.fetchOne(statement) ?? 0)
  }

  /// How many contents have come to be here so far.
  public func contentNumber() throws -> Int64 {
    try meta(.contents).map { $0.reduce(0) { $0 << 8 | Int64($1) } } ?? 0
  }
}

extension Commit {
  /// A peer holds a content for records of a space.
  ///
  /// - Parameter time: milliseconds since 1970.
  public func noteHolder(_ content: Hash256, in space: Space, peer: Int64, at time: Int64) throws {
    guard let key = try logs.existingSpace(space)?.key else { return }
    try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO holders(space, content, peer, at) VALUES (?, ?, ?, ?)"
    ).execute(arguments: [key, content.data, peer, time])
    try db.cachedStatement(sql: "UPDATE contents SET elsewhere = 1 WHERE space = ? AND content = ?")
      .execute(arguments: [key, content.data])
  }

  /// A peer that was known to hold a content has it no more: it asks for it, or has not got it.
  public func noteLack(_ content: Hash256, in space: Space, peer: Int64) throws {
    guard let key = try logs.existingSpace(space)?.key,
      try snapshot.isHeld(content, in: space, by: peer)
    else { return }
    try db.execute(
      sql: "DELETE FROM holders WHERE space = ? AND content = ? AND peer = ?",
      arguments: [key, content.data, peer])
    // Once it lacks nothing again, all is noted anew.
    try db.execute(sql: "DELETE FROM complete WHERE space = ? AND peer = ?", arguments: [key, peer])
    try db.execute(
      sql: """
        UPDATE contents SET elsewhere = EXISTS (
          SELECT 1 FROM holders h WHERE h.space = contents.space AND h.content = contents.content)
        WHERE space = ? AND content = ?
        """, arguments: [key, content.data])
  }

  /// A peer holds the same records of these spaces and has said that it lacks nothing that they have. What no record
  /// wants now it may not have.
  ///
  /// - Parameters:
  ///   - numbers: the last ones when the records were the same.
  ///   - time: milliseconds since 1970.
  public func noteComplete(
    peer: Int64, scope: (Space) -> Bool, through numbers: ContentNumbers, at time: Int64
  ) throws {
    for key in try snapshot.spacesWithNewContents(for: peer, scope: scope, through: numbers) {
      let new = """
        SELECT c.content FROM contents c WHERE c.space = ?1 AND c.here AND c.got <= ?3
          AND c.got > coalesce((SELECT through FROM complete WHERE space = ?1 AND peer = ?2), -1)
          AND EXISTS (
            SELECT 1 FROM attachments a JOIN records r ON r.key = a.record AND r.space = ?1
            WHERE a.content = c.content AND NOT a.erased)
        UNION SELECT content FROM missing WHERE space = ?1 AND number <= ?4
          AND number > coalesce((SELECT missing FROM complete WHERE space = ?1 AND peer = ?2), 0)
        """
      let place: StatementArguments = [key, peer, numbers.here, numbers.missing]
      try db.execute(
        sql:
          "INSERT OR IGNORE INTO holders(space, content, peer, at) SELECT ?1, content, ?2, ?5 FROM (\(new))",
        arguments: place + [time])
      try db.execute(
        sql: "UPDATE contents SET elsewhere = 1 WHERE space = ?1 AND content IN (\(new))", arguments: place)
      try db.execute(
        sql: "INSERT OR REPLACE INTO complete(space, peer, through, missing) VALUES (?, ?, ?, ?)",
        arguments: place)
    }
  }
}
