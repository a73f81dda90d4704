internal import Foundation
internal import GRDB

extension Store {
  /// How often a copy is begun anew because the file changed meanwhile.
  private static let copyAttempts = 8

  /// Copies another store's file into `folder`, with what its log of writes holds, as it is at one moment: programs may
  /// be at it, and it may lie on a medium that nobody can write to.
  ///
  /// - Throws: `file`, `diskFull`; `busy` where it changes all the time.
  public static func copy(file: String, into folder: String) throws {
    let target = folder + "/" + fileName
    for _ in 0..<copyAttempts {
      let before = FileMark(file)
      // Whoever has a store open has this file; where it is left of an earlier time, nothing is made beside it either.
      if FileManager.default.fileExists(atPath: file + "-shm"), try copyShared(file, to: target) { return }
      try copyAlone(file, to: target)
      if FileMark(file) == before { return }
      StoreFiles.remove(target)
    }
    throw StoreError.busy
  }

  /// Copies a file that others may have open, under SQLite's own lock: no checkpoint moves pages meanwhile. Nothing in it
  /// runs for that.
  /// - Returns: whether it could be read so; a damaged one is taken as it lies.
  private static func copyShared(_ file: String, to target: String) throws -> Bool {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(busyTimeout)
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema = OFF") }
    do {
      let source = try DatabaseQueue(path: file, configuration: configuration)
      defer { try? source.close() }
      let copy = try DatabaseQueue(path: target)
      try source.backup(to: copy)
      try copy.close()
      return true
    } catch let error as DatabaseError {
      StoreFiles.remove(target)
      guard error.resultCode != .SQLITE_FULL else { throw StoreError.diskFull }
      return false
    }
  }

  private static func copyAlone(_ file: String, to target: String) throws {
    // What a store has not yet moved from its write-ahead log stands there alone.
    for suffix in ["", "-wal"] where suffix.isEmpty || FileManager.default.fileExists(atPath: file + suffix) {
      do {
        try FileManager.default.copyItem(atPath: file + suffix, toPath: target + suffix)
      } catch {
        let number = PosixCause.errno(of: error)
        throw number == ENOSPC ? StoreError.diskFull : StoreError.file(path: file + suffix, errno: number)
      }
    }
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
