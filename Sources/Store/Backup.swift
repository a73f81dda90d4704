internal import Foundation
internal import GRDB
internal import Ledger

/// A backup is one SQLite file: the store as it was at one moment, and the identity's files in a table.
extension Store {
  /// Writes a consistent copy while others go on writing.
  ///
  /// - Parameters:
  ///   - files: the identity's files by name; they go in too, so that the backup alone makes a working store
  ///     again.
  ///   - progressed: is told now and then how many pages were copied, of how many.
  public func backup(
    to path: String, files: [String: [UInt8]], progressed: (_ pages: Int, _ of: Int) -> Void = { _, _ in }
  ) throws {
    let temporary = path + ".part"
    try? FileManager.default.removeItem(atPath: temporary)
    guard
      FileManager.default.createFile(atPath: temporary, contents: nil, attributes: [.posixPermissions: 0o600])
    else { throw StoreError.file(path: path, errno: errno) }
    do {
      try fill(temporary, files, progressed)
      guard rename(temporary, path) == 0 else { throw StoreError.file(path: path, errno: errno) }
    } catch {
      for suffix in ["", "-journal", "-wal", "-shm"] { unlink(temporary + suffix) }
      throw error
    }
  }

  /// Writes a consistent copy into `folder`, as a store of its own.
  public func copy(to folder: String) throws {
    try Store.translating(path: folder) {
      let target = try DatabaseQueue(path: folder + "/" + Store.fileName)
      try database.backup(to: target)
      try target.close()
    }
  }

  /// Makes a copy of a file from elsewhere fit to be opened: nothing in it runs when it is read, and nobody's keys
  /// stay in it.
  ///
  /// - Throws: `notAStore` where it is none of this program, or holds views or triggers, which no store has.
  public static func disarm(copyIn folder: String) throws {
    try translating(path: folder) {
      var configuration = Configuration()
      configuration.prepareDatabase {
        try $0.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON")
      }
      let queue = try DatabaseQueue(path: folder + "/" + fileName, configuration: configuration)
      try queue.writeWithoutTransaction { db in
        guard try Int64.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID,
          try Bool.fetchOne(
            db, sql: "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type IN ('view', 'trigger'))")
            == true
        else { throw StoreError.notAStore(path: folder) }
        guard try db.tableExists("identity") else { return }
        try db.execute(sql: "DELETE FROM identity")
      }
      // The last one to close it moves what stands in the write-ahead log.
      try queue.close()
    }
  }

  private func fill(
    _ path: String, _ files: [String: [UInt8]], _ progressed: (_ pages: Int, _ of: Int) -> Void
  ) throws {
    try Store.translating(path: path) {
      let target = try DatabaseQueue(path: path)
      // One transaction reads all of it, however many steps it takes.
      try withoutActuallyEscaping(progressed) { progressed in
        try database.backup(to: target, pagesPerStep: 1024) {
          progressed($0.completedPageCount, $0.totalPageCount)
        }
      }
      try target.writeWithoutTransaction { db in
        try db.execute(
          sql:
            "PRAGMA journal_mode = DELETE; CREATE TABLE identity(name TEXT PRIMARY KEY, content BLOB NOT NULL)"
        )
        for (name, content) in files {
          try db.execute(
            sql: "INSERT INTO identity(name, content) VALUES (?, ?)", arguments: [name, Data(content)])
        }
      }
      try target.close()
    }
  }

  /// Makes a store in `folder` out of a backup.
  ///
  /// - Parameter time: when that is, in milliseconds since 1970.
  /// - Returns: the identity's files by name.
  /// - Throws: `alreadyExists` where there is a store; `notAStore` where the file is no backup.
  public static func restore(
    backup path: String, into folder: String, newStoreID: [UInt8], newEpoch: [UInt8], at time: Int64
  ) throws -> [String: [UInt8]] {
    let target = folder + "/" + fileName
    let files = FileManager.default
    guard files.fileExists(atPath: path) else { throw StoreError.noStore(path: path) }
    guard !files.fileExists(atPath: target) else { throw StoreError.alreadyExists(path: folder) }
    let temporary = target + ".part"
    try makeFolder(folder)
    do {
      try? files.removeItem(atPath: temporary)
      try files.copyItem(atPath: path, toPath: temporary)
    } catch {
      throw StoreError.file(path: folder, errno: PosixCause.errno(of: error))
    }
    // Sticks know no modes: a backup that comes from one is open to all.
    guard chmod(temporary, 0o600) == 0 else { throw StoreError.file(path: temporary, errno: errno) }
    var identity: [String: [UInt8]] = [:]
    do {
      try translating(path: path) {
        let queue = try DatabaseQueue(path: temporary)
        try queue.write { db in
          guard try Int64.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID,
            try db.tableExists("identity")
          else { throw StoreError.notAStore(path: path) }
          for row in try Row.fetchAll(db, sql: "SELECT name, content FROM identity") {
            identity[row[0]] = Array(row[1] as Data)
          }
          // A restored copy signs nothing under the epoch of the store that it was copied from.
          for (name, value) in [(MetaName.storeID, newStoreID), (.epoch, newEpoch)] {
            try db.execute(
              sql: "UPDATE meta SET value = ? WHERE name = ?", arguments: [Data(value), name.rawValue])
          }
          try db.execute(
            sql: "INSERT OR REPLACE INTO meta(name, value) VALUES (?, ?)",
            arguments: [MetaName.restored.rawValue, Data(time.bigEndianBytes)])
          // Nor is it a copy that has to be told: it knows that it was restored.
          for name in [MetaName.place, .folder, .copied] {
            try db.execute(sql: "DELETE FROM meta WHERE name = ?", arguments: [name.rawValue])
          }
          try db.execute(sql: "DROP TABLE identity")
        }
        try queue.close()
      }
    } catch {
      try? files.removeItem(atPath: temporary)
      throw error
    }
    guard rename(temporary, target) == 0 else {
      throw StoreError.file(path: target, errno: errno)
    }
    return identity
  }
}
