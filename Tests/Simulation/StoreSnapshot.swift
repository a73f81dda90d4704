import GRDB
import Store

/// A store's file as it was at one moment, put back over the file itself: inode and all else stay.
enum StoreSnapshot {
  static func take(of folder: String, to path: String) throws {
    try DatabaseQueue(path: folder + "/" + Store.fileName).backup(to: DatabaseQueue(path: path))
  }

  static func putBack(_ path: String, over folder: String) throws {
    let file = try DatabaseQueue(path: folder + "/" + Store.fileName)
    try DatabaseQueue(path: path).backup(to: file)
    // A disk that is put back holds nothing of what came since, and the log of writes would.
    try file.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
  }
}
