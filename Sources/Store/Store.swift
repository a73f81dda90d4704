internal import Campaign
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
  let database: any DatabaseWriter
  private let wait: BusyWait
  /// Whether the disk was full when it was opened to be read: nothing can be written then.
  public let lacksRoom: Bool

  public static let fileName = "store.sqlite"
  /// How long a writer waits for another process's transaction, in seconds.
  public static let busyTimeout: Double = 20

  /// Opens the store in `folder`, bringing an older one forward.
  ///
  /// - Parameter whileBusy: is called once, on the thread that waits, where another process holds the store for long.
  public convenience init(opening folder: String, whileBusy: @escaping @Sendable () -> Void = {}) throws {
    _ = try Store.existing(folder)
    try self.init(folder: folder, whileBusy: whileBusy)
  }

  /// Opens the store in `folder` for reading alone: one connection, which is half of what a short command
  /// costs. A store of an older step is brought forward first. It can be read though the disk is full, unless another process
  /// has it open or it is of an older step.
  ///
  /// - Parameters:
  ///   - lacksRoom: whether it is known that the disk is full.
  ///   - whileBusy: as for `init(opening:whileBusy:)`.
  public init(
    reading folder: String, lacksRoom: Bool = false, whileBusy: @escaping @Sendable () -> Void = {}
  ) throws {
    self.folder = folder
    wait = BusyWait(told: whileBusy)
    let opened = try Store.openToRead(folder, wait)
    database = opened.database
    self.lacksRoom = lacksRoom || opened.lacksRoom
  }

  /// The path of the store's file. An empty one is no store: SQLite would make it a database of ours.
  static func existing(_ folder: String) throws -> String {
    let path = folder + "/" + fileName
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
      throw StoreError.noStore(path: folder)
    }
    if UnfinishedStore.isUnfinished(folder) { throw StoreError.noStore(path: folder) }
    guard (attributes[.size] as? Int ?? 0) > 0 else { throw StoreError.notAStore(path: folder) }
    return path
  }

  /// Whether a folder has a store's file.
  public static func exists(in folder: String) -> Bool {
    FileManager.default.fileExists(atPath: folder + "/" + fileName)
  }

  /// Makes a new store in `folder`, which is made where it does not exist. Nobody but its owner reads the file, nor
  /// what SQLite keeps beside it, which gets the file's mode; nor the folder where it is made here.
  public convenience init(creating folder: String) throws {
    let path = folder + "/" + Store.fileName
    guard !FileManager.default.fileExists(atPath: path) else { throw StoreError.alreadyExists(path: folder) }
    if let left = StoreFiles.leftover(beside: path) { throw StoreError.leftBeside(path: left) }
    try Store.makeFolder(folder)
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, 0o600)
    guard descriptor >= 0 else { throw WholeFile.fault(path, errno) }
    Foundation.close(descriptor)
    try self.init(folder: folder)
  }

  /// Makes a store's folder, its owner's alone, and those that it lies in; their names are durable when this returns.
  /// One that is there stays as it is.
  static func makeFolder(_ folder: String) throws {
    let files = FileManager.default
    guard !files.fileExists(atPath: folder) else { return }
    var made = [URL(fileURLWithPath: folder)]
    while let above = made.last?.deletingLastPathComponent(), !files.fileExists(atPath: above.path) {
      made.append(above)
    }
    do {
      try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw StoreError.file(path: folder, errno: PosixCause.errno(of: error))
    }
    guard chmod(folder, 0o700) == 0 else { throw StoreError.file(path: folder, errno: errno) }
    for place in made { WholeFile.syncFolder(of: place.path) }
  }

  /// - Parameter isForeign: whether it is a disarmed copy of a file that anybody made.
  init(
    folder: String, isForeign: Bool = false, whileBusy: @escaping @Sendable () -> Void = {}
  ) throws {
    self.folder = folder
    lacksRoom = false
    wait = BusyWait(told: whileBusy)
    var configuration = Configuration()
    configuration.busyMode = .callback(wait.waits)
    configuration.maximumReaderCount = 4
    configuration.prepareDatabase { db in
      if isForeign { db.limitValues(to: Store.foreignValueBytes) }
      try db.execute(sql: "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF")
      try PageCache.set(PageCache.reader, db)
      if isForeign { try db.hideMisfits() }
    }
    let (pool, wasOlder) = try Store.translating(path: folder) {
      let pool = try DatabasePool(path: folder + "/" + Store.fileName, configuration: configuration)
      let wasOlder = try pool.writeWithoutTransaction { db in
        // A commit that was reported survives a power cut: WAL alone would only survive a crash.
        try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000")
        try PageCache.set(PageCache.writer, db)
        if isForeign { return false }
        let wasOlder =
          try !Schema.isCurrent(db, path: folder) && Schema.migrate(db, path: folder, derives: true)
        // It only saves time: where another process is in the way, the next one does it.
        try? Store.recompilePack(db)
        return wasOlder
      }
      return (pool, wasOlder)
    }
    database = pool
    // A step may have emptied the search index. A search is complete without it, only slower.
    if wasOlder { try? indexTail() }
  }

  /// Gives its files up, so that their folder can go.
  public func close() { try? database.close() }

  /// A consistent view of the store.
  public func read<T>(_ body: (Snapshot) throws -> T) throws -> T {
    try Store.translating(path: folder) {
      try database.read { db in try body(Snapshot(db)) }
    }
  }

  /// One transaction: all of what `body` does lasts when this returns, or none of it.
  ///
  /// - Throws: `busy`, `diskFull`, and what `body` throws.
  public func write<T>(_ body: (Commit) throws -> T) throws -> T {
    guard !lacksRoom else { throw StoreError.diskFull }
    return try Store.translating(path: folder) {
      try database.writeWithoutTransaction { db in try Store.transaction(db, body) }
    }
  }

  /// The same where no other process writes right now: for what is not worth waiting for.
  /// - Returns: nil where one does.
  public func writeIfFree<T>(_ body: (Commit) throws -> T) throws -> T? {
    guard !lacksRoom else { throw StoreError.diskFull }
    do {
      return try Store.translating(path: folder) {
        try database.writeWithoutTransaction { db in try wait.skipping { try Store.transaction(db, body) } }
      }
    } catch StoreError.busy {
      return nil
    }
  }

  private static func transaction<T>(_ db: Database, _ body: (Commit) throws -> T) throws -> T {
    var result: T?
    try db.inTransaction(.immediate) {
      let commit = try Commit(db)
      result = try body(commit)
      try commit.finish()
      return .commit
    }
    return result!
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
      case .SQLITE_CORRUPT, .SQLITE_TOOBIG: throw StoreError.damaged(error.message ?? "corrupt")
      // The file that readers share (`-shm`) cannot grow either: SQLite calls that an error of the disk.
      case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE || hasNoRoom(path):
        throw StoreError.diskFull
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
  /// What was read once in this transaction and is asked for again and again.
  let known: Known

  final class Known {
    var pack: Pack?
    var spaces: [Int64: Space] = [:]
    var meta: [MetaName: [UInt8]] = [:]
    var offices: KnownOffices?
    var decoded: DecodedChanges?
  }

  init(_ db: Database, known: Known = Known()) {
    self.db = db
    self.known = known
  }
}
