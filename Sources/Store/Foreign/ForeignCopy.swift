internal import Foundation
internal import GRDB

extension Store {
  /// How often a copy is begun anew because the file changed meanwhile.
  private static let copyAttempts = 8

  /// Copies another store's file into `folder`, with what its log of writes holds, as it is at one moment: programs may
  /// be at it, and it may lie on a medium that nobody can write to. Of a link the file that it leads to is copied. Nothing
  /// is written where it lies but, where it stands there already, the file that those who have a store open share
  /// (`-shm`): who reads beside them has to.
  ///
  /// - Parameter progressed: is told how many bytes were copied, of how many.
  /// - Throws: `file`, `notAFile`, `diskFull`; `busy` where it changes all the time; what `progressed` throws.
  public static func copy(
    file path: String, into folder: String,
    progressed: (_ bytes: Int, _ of: Int) throws -> Void = { _, _ in }
  ) throws {
    // What SQLite keeps beside a file stands where the file is, and not beside a link to it.
    let file = StoreFiles.resolved(path)
    let target = folder + "/" + fileName
    for _ in 0..<copyAttempts {
      let before = FileMark(file)
      _ = try ForeignFile(file)
      // Whoever has a store open has this file; where it is left of an earlier time, nothing is made beside it either.
      if FileManager.default.fileExists(atPath: file + "-shm"),
        try copyShared(file, to: target, progressed)
      {
        return
      }
      try copyAlone(file, to: target, progressed)
      if FileMark(file) == before { return }
      StoreFiles.remove(target)
    }
    throw StoreError.busy
  }

  /// Bytes of a store's file and its log of writes.
  ///
  /// - Throws: `file`, `notAFile`.
  public static func byteCount(ofFile path: String) throws(StoreError) -> Int {
    let file = StoreFiles.resolved(path)
    return try ForeignFile(file).byteCount + ((try? ForeignFile(file + "-wal").byteCount) ?? 0)
  }

  /// Copies a file that others may have open, under SQLite's own lock: no checkpoint moves pages meanwhile. Nothing in it
  /// runs for that.
  /// - Returns: whether it could be read so; a damaged one is taken as it lies.
  private static func copyShared(
    _ file: String, to target: String, _ progressed: (_ bytes: Int, _ of: Int) throws -> Void
  ) throws -> Bool {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(busyTimeout)
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema = OFF") }
    do {
      let source = try DatabaseQueue(path: file, configuration: configuration)
      defer { try? source.close() }
      let copy = try DatabaseQueue(path: target)
      try withoutActuallyEscaping(progressed) { progressed in
        try source.read { db in
          let pageBytes = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
          // Reading anything begins the one transaction that all steps belong to.
          _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema")
          try copy.writeWithoutTransaction { target in
            try db.backup(to: target, pagesPerStep: 1024) {
              try progressed($0.completedPageCount * pageBytes, $0.totalPageCount * pageBytes)
            }
          }
        }
      }
      try copy.close()
      return true
    } catch let error as DatabaseError {
      StoreFiles.remove(target)
      guard error.resultCode != .SQLITE_FULL else { throw StoreError.diskFull }
      return false
    }
  }

  private static func copyAlone(
    _ file: String, to target: String, _ progressed: (_ bytes: Int, _ of: Int) throws -> Void
  ) throws {
    try ForeignFile(file).copy(to: target, progressed: progressed)
    let log = file + "-wal"
    var facts = stat()
    // What a store has not yet moved from its write-ahead log stands there alone.
    guard lstat(log, &facts) == 0 else { return }
    try ForeignFile(log).copy(to: target + "-wal")
  }

  /// What tells that a file, or what SQLite keeps beside it, was written to or replaced.
  private struct FileMark: Equatable {
    private var parts: [[Int]] = []

    init(_ file: String) {
      for suffix in ["", "-wal", "-shm"] {
        var facts = stat()
        guard stat(file + suffix, &facts) == 0 else {
          parts.append([])
          continue
        }
        parts.append([
          Int(facts.st_ino), Int(facts.st_size), facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec,
          facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec,
        ])
      }
    }
  }
}
