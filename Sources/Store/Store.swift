internal import Foundation
internal import GRDB
internal import Ledger

/// One office's store: a SQLite file that several processes of one machine may open at the same time.
///
/// Reads see a snapshot; writes are serialised by SQLite's own lock (a second writer waits, and then gives
/// up with `StoreError.busy`). Nothing is cached across transactions.
public final class Store: Sendable {
  /// The folder that holds `store.sqlite` and `identity/`.
  public let folder: String
  let pool: DatabasePool

  public static let fileName = "store.sqlite"
  /// How long a writer waits for another process's transaction, in seconds.
  public static let busyTimeout: Double = 20

  /// Opens the store in `folder`, bringing an older one forward.
  public convenience init(opening folder: String) throws {
    let path = folder + "/" + Store.fileName
    guard FileManager.default.fileExists(atPath: path) else { throw StoreError.noStore(path: folder) }
    try self.init(folder: folder)
  }

  /// Makes a new store in `folder`, which is made where it does not exist.
  public convenience init(creating folder: String) throws {
    let path = folder + "/" + Store.fileName
    guard !FileManager.default.fileExists(atPath: path) else { throw StoreError.alreadyExists(path: folder) }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw StoreError.inputOutput(message: "\(folder): \(error.localizedDescription)")
    }
    try self.init(folder: folder)
  }

  private init(folder: String) throws {
    self.folder = folder
    var configuration = Configuration()
    configuration.busyMode = .timeout(Store.busyTimeout)
    configuration.maximumReaderCount = 4
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY")
    }
    pool = try Store.translating(path: folder) {
      let pool = try DatabasePool(path: folder + "/" + Store.fileName, configuration: configuration)
      try pool.writeWithoutTransaction { db in
        // A commit that was reported survives a power cut: WAL alone would only survive a crash.
        try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000")
        let foreign = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        guard tables == 0 || foreign == Schema.applicationID else { throw StoreError.notAStore(path: folder) }
        try Schema.migrate(db)
      }
      return pool
    }
  }

  /// A consistent view of the store.
  public func read<T>(_ body: (Snapshot) throws -> T) throws -> T {
    try Store.translating(path: folder) {
      try pool.read { db in try body(Snapshot(db)) }
    }
  }

  /// One transaction: all of what `body` does lasts when this returns, or none of it.
  public func write<T>(_ body: (Commit) throws -> T) throws -> T {
    try Store.translating(path: folder) {
      try pool.writeWithoutTransaction { db in
        var result: T?
        try db.inTransaction(.immediate) {
          let commit = try Commit(db)
          result = try body(commit)
          try commit.finish()
          return .commit
        }
        return result!
      }
    }
  }

  /// Turns SQLite's errors into facts that a caller acts on.
  static func translating<T>(path: String, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as DatabaseError {
      switch error.resultCode {
      case .SQLITE_BUSY, .SQLITE_LOCKED: throw StoreError.busy
      case .SQLITE_FULL: throw StoreError.diskFull
      case .SQLITE_NOTADB: throw StoreError.notAStore(path: path)
      case .SQLITE_CORRUPT: throw StoreError.damaged(error.message ?? "corrupt")
      case .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
        throw StoreError.inputOutput(message: error.message ?? "\(error.resultCode)")
      default: throw error
      }
    }
  }
}

/// Read access within one transaction. It must not leave the closure that it is handed to.
public struct Snapshot {
  let db: Database
  init(_ db: Database) { self.db = db }
}
