internal import Foundation
internal import Ledger
internal import Store
internal import Trust

/// The identity's files as they should be, and what should not lie in a store's folder.
extension LocalNode {
  typealias Problem = Verification.Problem

  /// Files that hold a key.
  private static let keyFiles = ["node.key", "ca.key"]
  private static let certificateFiles = ["node.crt", "ca.crt"]

  /// Keys that were put aside when a store was made anew where the making of one had been cut off (`Identity.discard`):
  /// their paths within the store's folder, in the order of their names. Nothing here uses them.
  public var formerKeys: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: Identity.path(store.folder, ""))) ?? []
    return names.filter { name in
      LocalNode.keyFiles.contains { key in
        name.hasPrefix(key + Identity.formerSuffix)
          && Int(name.dropFirst((key + Identity.formerSuffix).count)) != nil
      }
    }.sorted().map { "identity/" + $0 }
  }

  /// The files that hold a key, in use or not: their names in identity/.
  private var allKeyFiles: [String] {
    LocalNode.keyFiles + formerKeys.map { String($0.dropFirst("identity/".count)) }
  }

  func identityProblems() throws -> [Problem] {
    var problems: [Problem] = []
    func note(_ name: String, _ problem: String) {
      problems.append(Problem(log: "identity/" + name, n: 0, problem: problem))
    }
    for name in allKeyFiles where isOpen(name, to: 0o077) { note(name, "open-key") }
    for name in LocalNode.certificateFiles where isOpen(name, to: 0o022) { note(name, "open-certificate") }
    if isOpen("", to: 0o077) { note("", "open-folder") }
    if let mode = LocalNode.mode(storeFiles[0]), mode & 0o077 != 0 {
      problems.append(Problem(log: Store.fileName, n: 0, problem: "open-store"))
    }
    if try store.read({ try $0.meta(.node) }) != identity.key.nodeID.bytes { note("node.key", "other-key") }
    if let leaf = identity.chain.first {
      if leaf.nodeID != identity.key.nodeID { note("node.crt", "other-key") }
      let root = identity.authority
      if root.flatMap({ try? TrustedChain.check(PresentedChain(identity.chain), root: $0) }) == nil {
        note("node.crt", "untrusted-certificate")
      }
    }
    if let key = identity.authorityKey, key.nodeID != identity.authority?.nodeID {
      note("ca.key", "other-key")
    }
    return problems
  }

  /// Whether others than its owner may do with a file what `mask` names.
  private func isOpen(_ name: String, to mask: UInt32) -> Bool {
    LocalNode.mode(Identity.path(store.folder, name)).map { $0 & mask != 0 } ?? false
  }

  /// The mode of a file; nil where it is not there.
  private static func mode(_ path: String) -> UInt32? {
    var file = stat()
    return stat(path, &file) == 0 ? file.st_mode : nil
  }

  /// The store's file, and what SQLite keeps beside it.
  private var storeFiles: [String] {
    ["", "-wal", "-shm"].map { "\(store.folder)/\(Store.fileName)\($0)" }
  }

  // MARK: what was left behind

  struct StrayFile {
    var path: String
    var problem: Problem
  }

  /// What is written beside its place is renamed within moments; what is older was left by a run that was cut off.
  static let strayAge: Int64 = 3600 * 1000

  func strayFiles() throws -> [StrayFile] {
    let files = FileManager.default
    return ["", "identity/"].flatMap { folder -> [StrayFile] in
      let names = (try? files.contentsOfDirectory(atPath: store.folder + "/" + folder)) ?? []
      return names.filter { LocalNode.isLeftover(folder + $0) }.sorted().compactMap { name in
        let path = store.folder + "/" + folder + name
        guard let changed = lastChange(path), surroundings.now() - changed > LocalNode.strayAge else {
          return nil
        }
        return StrayFile(path: path, problem: Problem(log: folder + name, n: 0, problem: "stray-file"))
      }
    }
  }

  /// Whether this program alone gives a file or folder such a name, relative to the store's folder: what people put
  /// there is theirs.
  private static func isLeftover(_ name: String) -> Bool {
    let identity = (keyFiles + certificateFiles).map { "identity/\($0).new" }
    return identity.contains(name) || LocalNode.drafts.contains(name)
      || isTemporaryFolder(name)
  }

  /// A store that is being restored, and what SQLite keeps beside it; the mark of one that is being made.
  private static let drafts =
    ["", "-wal", "-shm", "-journal"].map { Store.fileName + ".part" + $0 } + [UnfinishedStore.markName]

  /// Milliseconds since 1970, of what lies in a folder the latest; nil where it is gone.
  private func lastChange(_ path: String) -> Int64? {
    let within = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return ([path] + within.map { path + "/" + $0 }).compactMap { path in
      var file = stat()
      return lstat(path, &file) == 0 ? Int64(file.st_mtim.tv_sec) * 1000 : nil
    }.max()
  }

  // MARK: mending

  private func restrict(_ path: String, to mode: mode_t) throws {
    guard chmod(path, mode) == 0 else { throw NodeError.file(path: path, errno: errno) }
  }

  /// Takes from others what is not theirs to read or write, and away what was left behind.
  func mendFiles() throws {
    for (names, mask) in [(allKeyFiles, UInt32(0o077)), (LocalNode.certificateFiles, 0o022)] {
      for name in names where isOpen(name, to: mask) {
        try restrict(Identity.path(store.folder, name), to: 0o600)
      }
    }
    if isOpen("", to: 0o077) { try restrict(Identity.path(store.folder, ""), to: 0o700) }
    for path in storeFiles where LocalNode.mode(path).map({ $0 & 0o077 != 0 }) == true {
      try restrict(path, to: 0o600)
    }
    for stray in try strayFiles() { try? FileManager.default.removeItem(atPath: stray.path) }
  }
}
