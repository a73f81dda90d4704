internal import Foundation
internal import Store

/// A backup of everything that makes this node, and the way back.
extension LocalNode {
  private static let identityFiles = ["node.key", "node.crt", "ca.crt", "ca.key"]

  /// - Parameter progressed: is told now and then how many pages were copied, of how many.
  /// - Returns: the file's size in bytes.
  public func backup(
    to path: String, progressed: (_ pages: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> Int {
    // A backup copies the file's unused pages too: nothing that was erased goes along.
    try store.scrub()
    var files: [String: [UInt8]] = [:]
    for name in LocalNode.identityFiles {
      if let data = FileManager.default.contents(atPath: Identity.path(store.folder, name)) {
        files[name] = Array(data)
      }
    }
    try store.backup(to: path, files: files, progressed: progressed)
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? Int) ?? 0
  }

  /// Makes a node in `folder` out of a backup.
  public static func restore(backup path: String, into folder: String, surroundings: Surroundings = .system)
    throws
    -> LocalNode
  {
    guard FileManager.default.fileExists(atPath: path) else { throw NodeError.noFile(path: path) }
    let files: [String: [UInt8]]
    do {
      files = try Store.restore(
        backup: path, into: folder, newStoreID: surroundings.random(16), newEpoch: surroundings.random(8),
        at: surroundings.now())
    } catch StoreError.notAStore {
      throw NodeError.backupRefused(path: path)
    }
    for (name, content) in files where identityFiles.contains(name) {
      try Identity.write(String(decoding: content, as: UTF8.self), folder, name)
    }
    return try LocalNode(opening: folder, surroundings: surroundings)
  }
}
