internal import Foundation
internal import GRDB
public import Ledger

/// A peer that is known to hold a content: it gave it, has said that it became whole there, or that it lacks nothing.
public struct ContentHolder: Sendable, Hashable {
  public var node: NodeID?
  public var name: String?
  /// When that was last seen: milliseconds since 1970.
  public var time: Int64
}

extension Snapshot {
  /// The peers that are known to hold a content for records of a space, by when that was last seen.
  public func holders(of content: Hash256, in space: Space) throws -> [ContentHolder] {
    guard let key = try LogRegistry(db).existingSpace(space)?.key else { return [] }
    let statement = try db.cachedStatement(
      sql: """
        SELECT p.node, p.name, h.at FROM holders h JOIN peers p ON p.key = h.peer
        WHERE h.space = ? AND h.content = ? ORDER BY h.at DESC, p.key
        """)
    return try Row.fetchAll(statement, arguments: [key, content.data]).map { row in
      ContentHolder(node: (row[0] as Data?).flatMap { NodeID($0) }, name: row[1], time: row[2])
    }
  }

  /// Whether a peer is known to hold a content for records of a space.
  public func isHeld(_ content: Hash256, in space: Space, by peer: Int64) throws -> Bool {
    guard let key = try LogRegistry(db).existingSpace(space)?.key else { return false }
    let statement = try db.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM holders WHERE space = ? AND content = ? AND peer = ?)")
    return try Bool.fetchOne(statement, arguments: [key, content.data, peer]) ?? false
  }

  /// The spaces in which contents came to be here, up to a number, that are not noted of a peer that lacks nothing.
  func spacesWithNewContents(for peer: Int64, scope: (Space) -> Bool, through: Int64) throws -> [Int64] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT s.key FROM spaces s LEFT JOIN complete d ON d.space = s.key AND d.peer = ?1
        WHERE EXISTS (
          SELECT 1 FROM contents c
          WHERE c.space = s.key AND c.here AND c.got > coalesce(d.through, -1) AND c.got <= ?2)
        """)
    return try Int64.fetchAll(statement, arguments: [peer, through]).filter { scope(try space(key: $0)) }
  }

  /// Whether `noteComplete` has anything to note.
  public func mayNoteComplete(peer: Int64, scope: (Space) -> Bool, through: Int64) throws -> Bool {
    try !spacesWithNewContents(for: peer, scope: scope, through: through).isEmpty
  }

  /// Contents here that records have and no other store is known to hold.
  public func soleContentCount() throws -> Int {
    try Int.fetchOne(
      db,
      sql: """
        SELECT count(DISTINCT c.content) FROM contents c INDEXED BY contents_alone
        WHERE c.here AND NOT c.elsewhere AND EXISTS (
          SELECT 1 FROM attachments a JOIN records r ON r.key = a.record AND r.space = c.space
          WHERE a.content = c.content AND NOT a.erased)
        """) ?? 0
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
  ///   - through: how many contents had come to be here when the records were the same.
  ///   - time: milliseconds since 1970.
  public func noteComplete(
    peer: Int64, scope: (Space) -> Bool, through: Int64, at time: Int64
  ) throws {
    for key in try snapshot.spacesWithNewContents(for: peer, scope: scope, through: through) {
      let new = """
        c.space = ?1 AND c.here
          AND c.got > coalesce((SELECT through FROM complete WHERE space = ?1 AND peer = ?2), -1) AND c.got <= ?3
          AND EXISTS (
            SELECT 1 FROM attachments a JOIN records r ON r.key = a.record AND r.space = ?1
            WHERE a.content = c.content AND NOT a.erased)
        """
      try db.execute(
        sql: """
          INSERT OR IGNORE INTO holders(space, content, peer, at)
          SELECT c.space, c.content, ?2, ?4 FROM contents c WHERE \(new)
          """, arguments: [key, peer, through, time])
      try db.execute(
        sql: "UPDATE contents AS c SET elsewhere = 1 WHERE \(new)", arguments: [key, peer, through])
      try db.execute(
        sql: "INSERT OR REPLACE INTO complete(space, peer, through) VALUES (?, ?, ?)",
        arguments: [key, peer, through])
    }
  }
}
