internal import Foundation
internal import Ledger
internal import Store

/// Where a store lies: which machine, which file system, which file. Two stores that lie in different places are
/// two stores, even where every byte of them is the same.
///
/// The file system is named by its own id, not by its device number, which changes from boot to boot.
struct StorePlace: Hashable {
  let bytes: [UInt8]

  /// nil where the file cannot be looked at.
  init?(folder: String) {
    let path = folder + "/" + Store.fileName
    var file = stat()
    var system = statvfs()
    guard stat(path, &file) == 0, statvfs(path, &system) == 0 else { return nil }
    let machine = (try? String(contentsOfFile: "/etc/machine-id", encoding: .utf8)) ?? ""
    bytes = Array(
      "\(machine.trimmingCharacters(in: .whitespacesAndNewlines)) \(system.f_fsid) \(file.st_ino)".utf8)
  }
}

extension LocalNode {
  /// A store that finds itself in another place than it was bound to was copied, moved or restored. Its twin may
  /// be writing on; so it signs nothing more under the old epoch, and is another store to its peers, which then
  /// send it what it lacks of its own history.
  ///
  /// Called whenever a node is opened with its key. What only reads the store opens it without one.
  /// - Returns: what is to be said of it, by the one that noticed.
  static func bind(_ store: Store, _ surroundings: Surroundings) throws -> StoreCopy? {
    guard let place = StorePlace(folder: store.folder) else { return nil }
    guard try store.read({ try $0.meta(.place) }) != place.bytes else { return nil }
    return try store.write { commit in
      // Asked again under the lock: another process may have been first.
      let bound = try commit.snapshot.meta(.place)
      guard bound != place.bytes else { return nil }
      // A restored backup, or a copy of the one file, has the records alone.
      for content in try commit.snapshot.contentsHere() where store.contents.byteCount(content) == nil {
        try commit.noteMissing(content)
      }
      var copy: StoreCopy?
      if let bound {
        let original = try StoreCopy.original(commit.snapshot, boundTo: bound)
        try becomeAnother(in: commit, surroundings)
        try commit.beginTerm(.restore(now: surroundings.now()))
        copy = try StoreCopy.note(since: surroundings.now(), original: original, in: commit)
      }
      try commit.setMeta(.place, place.bytes)
      try commit.setMeta(
        .folder, Array(URL(fileURLWithPath: store.folder).resolvingSymlinksInPath().path.utf8))
      return copy
    }
  }

  /// From here on the store signs under an epoch of its own, and is another store to its peers.
  ///
  /// - Parameter last: the epoch that the new one is to be greater than: a region rules on logs of lower epochs.
  static func becomeAnother(
    in commit: Commit, _ surroundings: Surroundings, beyond last: UInt64 = 0
  ) throws {
    try commit.setMeta(.storeID, surroundings.random(16))
    let drawn = surroundings.random(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let epoch = drawn > last ? drawn : last + 1 + drawn % (UInt64.max - last)
    try commit.setMeta(.epoch, withUnsafeBytes(of: epoch.bigEndian) { Array($0) })
    try commit.beginTerm(.epoch)
  }

  /// Whether `log` is one that this store is writing. What comes of it from elsewhere shows that the store was set
  /// back in its place (a virtual machine's snapshot, a file written over), or that a twin writes the same log.
  func isBeingWritten(_ log: LogID, _ snapshot: Snapshot) throws -> Bool {
    try log.node == facts.node && log == ownLog(log.space, snapshot)
  }
}
