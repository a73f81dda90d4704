internal import Foundation

/// A database's file, and what SQLite keeps beside it: of these a file means nothing without the others, and
/// something else with others than its own.
public enum StoreFiles {
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

extension StoreFiles {
  /// SQLite, Database File Format, 1.3: what every file of it begins with.
  private static let mark = Array("SQLite format 3\0".utf8)

  /// Whether a file is a database of SQLite's, as stores and backups are; false where nothing can be read.
  public static func isDatabase(_ path: String) -> Bool {
    guard let descriptor = try? ForeignFile.open(path) else { return false }
    defer { close(descriptor) }
    var start = [UInt8](repeating: 0, count: mark.count)
    return pread(descriptor, &start, start.count, 0) == mark.count && start == mark
  }

  /// The folder of the store that a path is a file of: the store's own, one that SQLite keeps beside it, or what lies in
  /// one of its folders; through links to what they mean.
  private static func store(owning path: String) -> String? {
    var place = URL(fileURLWithPath: resolved(path))
    var parent = place.deletingLastPathComponent()
    if Store.exists(in: parent.path), all(Store.fileName).contains(place.lastPathComponent) {
      return parent.path
    }
    while parent.path != "/" {
      place = parent
      parent = place.deletingLastPathComponent()
      if folders.contains(place.lastPathComponent), Store.exists(in: parent.path) { return parent.path }
    }
    return nil
  }

  /// Whether a path is that of a file of the store in `folder`, or of any other that has a key.
  static func isOfStoreInUse(_ path: String, own folder: String) -> Bool {
    guard let owner = store(owning: path) else { return false }
    return owner == resolved(folder)
      || FileManager.default.fileExists(atPath: owner + "/identity/node.key")
  }

  /// What a store keeps beside its file.
  private static let folders = ["identity", "attachments"]

  /// Nothing is written over a store or a backup, nor among a store's own files.
  ///
  /// - Throws: `ownFile`, `databaseFile`.
  public static func requireNone(at path: String) throws(StoreError) {
    guard store(owning: path) == nil else { throw .ownFile(path: path) }
    guard !isDatabase(path) else { throw .databaseFile(path: path) }
  }

  /// A path without links; of what is not there yet, its folder's.
  public static func resolved(_ path: String) -> String {
    func real(_ path: String) -> String? {
      guard let real = realpath(path, nil) else { return nil }
      defer { free(real) }
      return String(cString: real)
    }
    if let real = real(path) { return real }
    let place = URL(fileURLWithPath: path)
    return real(place.deletingLastPathComponent().path).map { $0 + "/" + place.lastPathComponent }
      ?? place.path
  }
}
