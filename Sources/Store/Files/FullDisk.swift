internal import Foundation
internal import GRDB

/// Reading where the disk has no byte left: every connection to a log of writes (WAL) makes a file beside the store that all of
/// them share (`-shm`), and that fails.
extension Store {
  /// Opens the store in `folder` for reading alone. Nothing is brought forward where there is no room.
  ///
  /// - Returns: whether the disk had no room for the usual way.
  static func openToRead(
    _ folder: String, _ wait: BusyWait
  ) throws -> (database: any DatabaseWriter, lacksRoom: Bool) {
    let path = try existing(folder)
    do {
      return (try translating(path: folder) { try reader(of: path, folder, wait) }, false)
    } catch StoreError.diskFull {
      return (try translating(path: folder) { try readerAlone(of: path, folder, wait) }, true)
    }
  }

  private static func reader(of path: String, _ folder: String, _ wait: BusyWait) throws -> any DatabaseWriter
  {
    var configuration = Configuration()
    configuration.busyMode = .callback(wait.waits)
    configuration.readonly = true
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    let isCurrent = try queue.unsafeRead { try Schema.isCurrent($0, path: folder) }
    if isCurrent { return queue }
    try queue.close()
    return try Store(folder: folder).database
  }

  /// SQLite, Write-Ahead Logging, "Use of WAL Without Shared-Memory": who locks the file for itself before it first looks at the
  /// log of writes keeps the log's index in its own memory. The file is opened for writing, for such a lock is not had
  /// otherwise. Where another process has the store open it is waited for: it has made the shared file, and as a rule the usual
  /// way was open.
  private static func readerAlone(of path: String, _ folder: String, _ wait: BusyWait) throws
    -> any DatabaseWriter
  {
    var configuration = Configuration()
    configuration.busyMode = .callback(wait.waits)
    configuration.prepareDatabase { db in
      try db.execute(
        sql: """
          PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; PRAGMA query_only = ON;
          PRAGMA trusted_schema = OFF
          """)
    }
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    guard try queue.unsafeRead({ try Schema.isCurrent($0, path: folder) }) else { throw StoreError.diskFull }
    return queue
  }

  static func hasNoRoom(_ path: String) -> Bool {
    var room = statvfs()
    return statvfs(path, &room) == 0 && room.f_bavail * room.f_frsize < leastRoom
  }

  /// SQLite, WAL-mode File Format, 2: the `-shm` grows by 32 KiB.
  private static var leastRoom: UInt { 32 << 10 }
}
