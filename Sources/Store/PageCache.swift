internal import GRDB

/// How many pages of the file a connection keeps, in KiB. The system keeps them too: a miss costs a copy, not a disk.
///
/// A store that serves has several readers beside its writer, and syncing is to stay under 150 MiB (design §9).
/// Measured while 100,000 records come in and 1,000 edits after them: 192 MiB where each connection may have
/// 64 MiB, 155 with these readers, 113 with this writer as well, in the same time. An import of 300,000 rows takes
/// 5 % more processor time with the writer's size than with the large one.
enum PageCache {
  static let reader = 8 << 10
  static let writer = 32 << 10
  static let ledger = 64 << 10

  /// SQLite, PRAGMA cache_size: a negative number is an amount of memory.
  static func set(_ kibibytes: Int, _ db: Database) throws {
    try db.execute(sql: "PRAGMA cache_size = -\(kibibytes)")
  }
}

extension Commit {
  /// A whole ledger goes in: pages are looked for among all that there are.
  public func widenPageCache() throws { try PageCache.set(PageCache.ledger, db) }
}
