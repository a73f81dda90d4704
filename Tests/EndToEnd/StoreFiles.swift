import Foundation
import Testing

/// A store's files, to be put back as they were: nothing tells the store.
struct StoreFiles {
  private let paths: [String]

  init(_ folder: String) {
    paths = ["store.sqlite", "store.sqlite-wal"].map { folder + "/" + $0 }
  }

  func saved() -> [Data] { paths.map { FileManager.default.contents(atPath: $0) ?? Data() } }

  /// The files are written over in their place.
  func putBack(_ data: [Data]) throws {
    try? FileManager.default.removeItem(atPath: paths[0] + "-shm")
    for (path, bytes) in zip(paths, data) {
      if !FileManager.default.fileExists(atPath: path) {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
      }
      let file = try #require(FileHandle(forWritingAtPath: path))
      try file.truncate(atOffset: 0)
      try file.write(contentsOf: bytes)
      try file.close()
    }
  }
}
