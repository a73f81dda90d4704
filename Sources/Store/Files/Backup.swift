internal import Foundation
internal import GRDB
internal import Ledger

/// A backup is one SQLite file: the store as it was at one moment, and the identity's files in a table.
extension Store {
  /// Writes a consistent copy while others go on writing. What was erased does not go along, also where the file's
  /// unused pages still hold it.
  ///
  /// - Parameters:
  ///   - files: the identity's files by name; they go in too, so that the backup alone makes a working store
  ///     again.
  ///   - progressed: is told now and then how many pages were copied, of how many.
  /// - Throws: `ownFile` where the path is of a file that this store itself consists of, or another one with a key.
  public func backup(
    to path: String, files: [String: [UInt8]], progressed: (_ pages: Int, _ of: Int) -> Void = { _, _ in }
  ) throws {
    // An older backup gives way to a newer one, whatever it is called; no store in use does.
    guard !StoreFiles.isOfStoreInUse(path, own: folder) else { throw StoreError.ownFile(path: path) }
    let temporary = WholeFile.draftName(path)
    let descriptor = open(temporary, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, 0o600)
    guard descriptor >= 0 else { throw WholeFile.fault(path, errno) }
    Foundation.close(descriptor)
    do {
      try fill(temporary, files, progressed)
      guard rename(temporary, path) == 0 else { throw StoreError.file(path: path, errno: errno) }
      WholeFile.syncFolder(of: path)
    } catch {
      StoreFiles.remove(temporary)
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

  private func fill(
    _ path: String, _ files: [String: [UInt8]], _ progressed: (_ pages: Int, _ of: Int) -> Void
  ) throws {
    try Store.translating(path: path) {
      let holdsErased = try !copyPages(path, progressed)
      // Only what is in use, row by row: what was erased never comes to lie on a stick.
      if holdsErased { try database.vacuum(into: path) }
      let target = try DatabaseQueue(path: path)
      try target.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA journal_mode = DELETE")
        try db.inTransaction {
          try db.execute(sql: "CREATE TABLE identity(name TEXT PRIMARY KEY, content BLOB NOT NULL)")
          for (name, content) in files {
            try db.execute(
              sql: "INSERT INTO identity(name, content) VALUES (?, ?)", arguments: [name, Data(content)])
          }
          if holdsErased {
            try db.execute(sql: "DELETE FROM meta WHERE name = ?", arguments: [MetaName.unscrubbed.rawValue])
          }
          return .commit
        }
      }
      try target.close()
    }
  }

  /// Copies the file page by page, unless its unused pages may still hold what was erased. That is asked in the
  /// transaction that reads the pages, however many steps it takes: what is erased meanwhile is not in it.
  /// - Returns: whether it did.
  private func copyPages(_ path: String, _ progressed: (_ pages: Int, _ of: Int) -> Void) throws -> Bool {
    try read { snapshot in
      guard try !snapshot.mayHoldErased() else { return false }
      let target = try DatabaseQueue(path: path)
      try withoutActuallyEscaping(progressed) { progressed in
        try target.writeWithoutTransaction { copy in
          try snapshot.db.backup(to: copy, pagesPerStep: 1024) {
            progressed($0.completedPageCount, $0.totalPageCount)
          }
        }
      }
      try target.close()
      return true
    }
  }
}
