internal import Foundation
internal import Store
internal import Trust

/// The files of `identity/`: the node's key, its certificate with the chain, and the region's CA.
struct Identity: Sendable {
  let key: NodeKey
  /// Leaf first; empty before enrolment.
  let chain: [Certificate]
  let authority: Certificate?
  /// Only at the region.
  let authorityKey: NodeKey?

  static func path(_ folder: String, _ name: String) -> String { folder + "/identity/" + name }

  init(folder: String) throws {
    guard let pem = try Identity.read(folder, "node.key") else {
      throw NodeError.identity(path: Identity.path(folder, "node.key"), isMissing: true)
    }
    let certificates = try Identity.read(folder, "node.crt")
    let authorities = try Identity.read(folder, "ca.crt")
    let authorityPEM = try Identity.read(folder, "ca.key")
    do {
      key = try NodeKey(pem: pem)
      chain = try certificates.map { try Certificate.all(pem: $0) } ?? []
      authority = try authorities.flatMap { try Certificate.all(pem: $0).first }
      authorityKey = try authorityPEM.map { try NodeKey(pem: $0) }
    } catch {
      throw NodeError.identity(path: folder + "/identity", isMissing: false)
    }
  }

  /// What tells one certificate's file from the one that takes its place: it is written beside it and renamed.
  struct Mark: Hashable {
    private let inode: UInt
    private let seconds: Int
    private let nanoseconds: Int

    /// nil where there is no certificate.
    init?(folder: String) {
      var file = stat()
      guard stat(Identity.path(folder, "node.crt"), &file) == 0 else { return nil }
      inode = UInt(file.st_ino)
      seconds = file.st_mtim.tv_sec
      nanoseconds = file.st_mtim.tv_nsec
    }
  }

  /// A file's text; nil where there is none.
  ///
  /// - Throws: `file` where something stands there and cannot be read: a region whose CA's key was passed over would be
  ///   a region no more.
  static func read(_ folder: String, _ name: String) throws -> String? {
    let path = path(folder, name)
    var facts = stat()
    if lstat(path, &facts) != 0, errno == ENOENT { return nil }
    do {
      return String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    } catch {
      let number = PosixCause.errno(of: error)
      throw NodeError.file(path: path, errno: number != 0 ? number : PosixCause.unreadable(path))
    }
  }

  /// What the name of a file that was put aside ends in, before a number.
  static let formerSuffix = ".former"

  /// Puts aside what was made for a store that was never finished. Nothing of it is destroyed: should the mark have stood
  /// there from long ago, these are the only keys of an office.
  ///
  /// - Throws: `NodeError.file` where one cannot be put aside: what is made next would take its place.
  static func discard(_ folder: String) throws(NodeError) {
    func isThere(_ path: String) -> Bool {
      var facts = stat()
      return lstat(path, &facts) == 0
    }
    for name in ["node.key", "node.crt", "ca.key", "ca.crt"] {
      let former = path(folder, name)
      guard isThere(former) else { continue }
      var number = 1
      while isThere("\(former)\(formerSuffix)\(number)") { number += 1 }
      guard rename(former, "\(former)\(formerSuffix)\(number)") == 0 else {
        throw NodeError.file(path: former, errno: errno)
      }
    }
    WholeFile.syncFolder(of: path(folder, "node.key"))
  }

  /// Writes a file that only its owner may read, whole or not at all.
  static func write(_ text: String, _ folder: String, _ name: String) throws {
    let target = path(folder, name)
    let temporary = target + ".new"
    let files = FileManager.default
    do {
      try files.createDirectory(
        atPath: folder + "/identity", withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
      try? files.removeItem(atPath: temporary)
      guard
        files.createFile(atPath: temporary, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
      else { throw NodeError.file(path: target, errno: errno) }
      // A key that a power cut left empty would be the end of the store.
      let file = open(temporary, O_WRONLY | O_CLOEXEC)
      defer { if file >= 0 { close(file) } }
      guard file >= 0, fsync(file) == 0, rename(temporary, target) == 0 else {
        throw NodeError.file(path: target, errno: errno)
      }
      WholeFile.syncFolder(of: target)
      WholeFile.syncFolder(of: folder + "/identity")
    } catch let error as NodeError {
      throw error
    } catch {
      throw NodeError.file(path: target, errno: PosixCause.errno(of: error))
    }
  }
}
