internal import GRDB
internal import Synchronization

/// Notices what other connections commit to a store, of this process or of another.
///
/// It keeps a connection of its own, because `PRAGMA data_version` tells a connection of the others' commits
/// only. A look costs a page of the write-ahead log's index and reads no table, unless something was committed.
public final class StoreWatch: Sendable {
  private struct Seen {
    var version: Int64 = -1
    var arrival: Int64 = -1
  }

  private let queue: DatabaseQueue
  private let folder: String
  private let seen = Mutex(Seen())

  public init(_ store: Store) throws {
    folder = store.folder
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(Store.busyTimeout)
    queue = try Store.translating(path: store.folder) {
      try DatabaseQueue(path: store.folder + "/" + Store.fileName, configuration: configuration)
    }
    _ = try hasNewChanges()
  }

  /// Whether changes were taken in or made since the last call. A commit that brought none is no news.
  public func hasNewChanges() throws -> Bool {
    try Store.translating(path: folder) {
      try queue.unsafeRead { db in
        let now = try Int64.fetchOne(db, sql: "PRAGMA data_version") ?? 0
        guard seen.withLock({ $0.version != now }) else { return false }
        let last = try Int64.fetchOne(db, sql: "SELECT max(arrival) FROM changes") ?? 0
        return seen.withLock { seen in
          defer { seen = Seen(version: now, arrival: last) }
          return last != seen.arrival
        }
      }
    }
  }
}
