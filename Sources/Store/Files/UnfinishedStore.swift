internal import Foundation
internal import GRDB

/// A store that is being made, of several files. What is cut off midway, by a power cut as by a full disk, can be begun
/// again: a mark stands in the folder from before the first file until the last, and gives leave to take away what was
/// made under it. A store is finished once it says whose it is (`MetaName.node`), mark or no mark.
public final class UnfinishedStore {
  /// Whether an earlier run was cut off: its store's files are gone by now, and what else it made is worth nothing.
  public let isBegunAgain: Bool
  private let mark: String
  private let lock: Int32

  /// Of the mark, in a store's folder.
  public static let markName = Store.fileName + ".new"

  /// Whether somebody has begun to make a store there.
  public static func isMarked(_ folder: String) -> Bool {
    var facts = stat()
    return lstat(folder + "/" + markName, &facts) == 0
  }

  /// A store that opens says whose it is: a mark that a power cut left beside it gives leave to nothing any more.
  public static func forgetMark(_ folder: String) {
    guard isMarked(folder) else { return }
    unlink(folder + "/" + markName)
    WholeFile.syncFolder(of: folder + "/" + markName)
  }

  /// Whether that was cut off, or goes on.
  static func isUnfinished(_ folder: String) -> Bool {
    isMarked(folder) && isNobodys(folder + "/" + Store.fileName)
  }

  /// Makes the folder where there is none, and the mark in it, both durable.
  ///
  /// - Throws: `alreadyExists` where a finished store is; `leftBeside` where something is left of one; `busy` where
  ///   somebody else is at it; `diskFull`, `file`.
  public init(in folder: String) throws {
    let path = folder + "/" + Store.fileName
    mark = folder + "/" + UnfinishedStore.markName
    try Store.makeFolder(folder)
    lock = try UnfinishedStore.locked(folder)
    isBegunAgain = UnfinishedStore.isMarked(folder)
    if isBegunAgain {
      guard UnfinishedStore.isNobodys(path) else { throw StoreError.alreadyExists(path: folder) }
      StoreFiles.remove(path)
    } else {
      guard !Store.exists(in: folder) else { throw StoreError.alreadyExists(path: folder) }
      if let left = StoreFiles.leftover(beside: path) { throw StoreError.leftBeside(path: left) }
      let made = open(mark, O_WRONLY | O_CLOEXEC | O_CREAT | O_EXCL, 0o600)
      guard made >= 0 else { throw WholeFile.fault(mark, errno) }
      close(made)
      WholeFile.syncFolder(of: mark)
    }
  }

  deinit { close(lock) }

  private static func locked(_ folder: String) throws -> Int32 {
    let lock = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    guard lock >= 0 else { throw WholeFile.fault(folder, errno) }
    // Some file systems lock no folders.
    if flock(lock, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      close(lock)
      throw StoreError.busy
    }
    return lock
  }

  /// All is in place.
  public func finish() {
    unlink(mark)
    WholeFile.syncFolder(of: mark)
  }

  /// Whether a store's file has not come so far that it says whose it is; one that cannot be read may be somebody's.
  private static func isNobodys(_ path: String) -> Bool {
    guard FileManager.default.fileExists(atPath: path) else { return true }
    let count = try? DatabaseQueue(path: path).read { db in
      guard try db.tableExists("meta") else { return try Int.fetchOne(db, sql: "PRAGMA user_version") }
      return try Int.fetchOne(
        db, sql: "SELECT count(*) FROM meta WHERE name = ?", arguments: [MetaName.node.rawValue])
    }
    return count == 0
  }
}
