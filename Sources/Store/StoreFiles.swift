internal import Foundation

/// A database's file, and what SQLite keeps beside it: of these a file means nothing without the others, and
/// something else with others than its own.
enum StoreFiles {
  private static let beside = ["-wal", "-shm", "-journal"]

  /// The paths that a database at `path` may have.
  static func all(_ path: String) -> [String] { [path] + beside.map { path + $0 } }

  static func remove(_ path: String) { for file in all(path) { unlink(file) } }

  /// A file that is left of another database at `path`: SQLite would take it for the new one's, and write what it holds
  /// over it.
  static func leftover(beside path: String) -> String? {
    var facts = stat()
    return all(path).dropFirst().first { lstat($0, &facts) == 0 }
  }
}
