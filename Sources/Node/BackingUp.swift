internal import Foundation
internal import Store
internal import Trust

/// A backup of everything that makes this node, and the way back.
extension LocalNode {
  private static let identityFiles = ["node.key", "node.crt", "ca.crt", "ca.key"]

  /// - Parameter progressed: is told now and then how many pages were copied, of how many.
  /// - Returns: the file's size in bytes.
  public func backup(
    to path: String, progressed: (_ pages: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> Int {
    // Page by page is quicker, and shows how far it is; where another process is in the way, it goes row by row.
    try store.scrub()
    var files: [String: [UInt8]] = [:]
    for name in LocalNode.identityFiles {
      if let text = try Identity.read(store.folder, name) { files[name] = Array(text.utf8) }
    }
    try store.backup(to: path, files: files, progressed: progressed)
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? Int) ?? 0
  }

  /// Makes a node in `folder` out of a backup. What is cut off can be done again: the store takes its place last. So can
  /// it be done where the making of a new store was cut off.
  ///
  /// - Throws: `otherIdentity` where another key stands there, which may be the only one of its office; `backupRefused`.
  public static func restore(backup path: String, into folder: String, surroundings: Surroundings = .system)
    throws
    -> LocalNode
  {
    guard FileManager.default.fileExists(atPath: path) else { throw NodeError.noFile(path: path) }
    if UnfinishedStore.isMarked(folder) {
      let unfinished = try UnfinishedStore(in: folder)
      try Identity.discard(folder)
      unfinished.finish()
    }
    do {
      let restored = try RestoredStore(
        backup: path, into: folder, newStoreID: surroundings.random(16), newEpoch: surroundings.random(8),
        at: surroundings.now())
      do {
        try place(restored.identity, from: path, into: folder)
        try restored.keep()
      } catch {
        restored.discard()
        throw error
      }
    } catch StoreError.notAStore, StoreError.damaged {
      throw NodeError.backupRefused(path: path)
    }
    return try LocalNode(opening: folder, surroundings: surroundings)
  }

  private static func place(_ identity: [String: [UInt8]], from path: String, into folder: String) throws {
    let files = identity.filter { identityFiles.contains($0.key) }.mapValues {
      String(decoding: $0, as: UTF8.self)
    }
    guard files["node.key"] != nil else { throw NodeError.backupRefused(path: path) }
    for name in ["node.key", "ca.key"] {
      let former = try Identity.read(folder, name)
      guard former == nil || files[name] == nil || former == files[name] else {
        throw NodeError.otherIdentity(path: Identity.path(folder, name))
      }
    }
    // A certificate that was renewed since the backup is not to be had again without a network.
    let standing = try Identity.read(folder, "node.key") == nil ? nil : Identity.read(folder, "node.crt")
    for (name, text) in files where name != "node.crt" || !isNewer(standing, than: text) {
      try Identity.write(text, folder, name)
    }
  }

  private static func isNewer(_ standing: String?, than text: String) -> Bool {
    func end(_ pem: String) -> Int64? { (try? Certificate.all(pem: pem))?.first?.notAfter }
    guard let standing, let (former, other) = end(standing).flatMap({ a in end(text).map { (a, $0) } })
    else { return false }
    return former > other
  }
}
