internal import Foundation
public import Ledger

/// The contents of attachments: files beside the database, each named by its SHA-256, so that equal ones are kept once.
///
/// A file has its name when it is whole and durable, never before. Which of them records want is the database's to
/// say.
public struct ContentFiles: Sendable {
  private let folder: String

  init(store folder: String) { self.folder = folder + "/attachments" }

  /// `ab/cdef…`: a folder of a hundred thousand files is slow to look into.
  private func path(_ content: Hash256) -> String {
    let name = content.description
    return "\(folder)/\(name.prefix(2))/\(name.dropFirst(2))"
  }

  func partialPath(_ content: Hash256) -> String { "\(folder)/partial/\(content)" }

  /// The file's length in bytes; nil where there is none.
  public func byteCount(_ content: Hash256) -> Int? {
    var facts = stat()
    guard stat(path(content), &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(facts.st_size)
  }

  /// Keeps a content. Its name is durable after `makeDurable`, which is asked for once for many.
  ///
  /// - Returns: its hash, and whether there was no file of it yet.
  /// - Throws: `StoreError.diskFull`, `file`; nothing is half-written then.
  public func keep(_ bytes: [UInt8]) throws -> (content: Hash256, isNew: Bool) {
    let content = Hash256(hashing: bytes)
    let path = path(content)
    if byteCount(content) == bytes.count, try isWhole(content) { return (content, false) }
    // A session may be fetching the same one.
    guard let part = try partial(content, byteCount: bytes.count) else { throw StoreError.busy }
    do {
      try part.write(bytes, at: 0)
      guard try part.place() else { throw StoreError.file(path: path, errno: 0) }
    } catch {
      part.discard()
      throw error
    }
    return (content, true)
  }

  /// Moves a file that is whole to its place.
  func take(_ part: String, as content: Hash256) throws(StoreError) {
    let path = path(content)
    try makeFolder(of: path)
    guard rename(part, path) == 0 else { throw WholeFile.fault(path, errno) }
  }

  /// A file's bytes, held against its name.
  ///
  /// - Throws: `noContent` where there is no such file, `damagedContent` where it is not what its name says, `file`.
  public func bytes(of content: Hash256) throws(StoreError) -> [UInt8] {
    guard let bytes = try read(content, offset: 0, count: Attachment.maxByteCount + 1) else {
      throw .noContent(content)
    }
    guard Hash256(hashing: bytes) == content else { throw .damagedContent(content) }
    return bytes
  }

  /// Holds a file against its name, in pieces.
  ///
  /// - Throws: as `bytes(of:)`.
  public func check(_ content: Hash256) throws(StoreError) {
    let path = path(content)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { throw .noContent(content) }
      throw WholeFile.fault(path, errno)
    }
    defer { close(descriptor) }
    let found = try ContentFiles.digest(of: descriptor, upTo: Attachment.maxByteCount + 1, path)
    guard found == content else { throw .damagedContent(content) }
  }

  /// Whether a file is there and is what its name says.
  public func isWhole(_ content: Hash256) throws(StoreError) -> Bool {
    do {
      try check(content)
      return true
    } catch .noContent, .damagedContent {
      return false
    }
  }

  /// SHA-256 of an open file's first bytes, read in pieces: of one that is mapped, an error of the disk would end the
  /// program.
  static func digest(of descriptor: Int32, upTo count: Int, _ path: String) throws(StoreError) -> Hash256 {
    let hasher = PieceHasher()
    var piece = [UInt8](repeating: 0, count: min(count, Attachment.chunkByteCount))
    var offset = 0
    while offset < count {
      let more = pread(descriptor, &piece, min(piece.count, count - offset), off_t(offset))
      if more < 0, errno == EINTR { continue }
      guard more >= 0 else { throw WholeFile.fault(path, errno) }
      guard more > 0 else { break }
      piece.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<more])) }
      offset += more
    }
    return hasher.finish()
  }

  /// A piece of a file, shorter where that ends; nil where there is no file.
  public func read(_ content: Hash256, offset: Int, count: Int) throws(StoreError) -> [UInt8]? {
    let path = path(content)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw WholeFile.fault(path, errno)
    }
    defer { close(descriptor) }
    var failure: Int32 = 0
    let length = min(count, max(0, (byteCount(content) ?? 0) - offset))
    let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
      while filled < length {
        let more = pread(descriptor, buffer.baseAddress! + filled, length - filled, off_t(offset + filled))
        if more > 0 {
          filled += more
        } else if more == 0 {
          return
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    guard failure == 0 else { throw WholeFile.fault(path, failure) }
    return bytes
  }

  /// Removes a content, and what has come of it so far, for good: what was erased does not come back with a power cut.
  ///
  /// - Throws: `diskFull`, `file` where it cannot be removed.
  public func remove(_ content: Hash256) throws(StoreError) {
    let paths = [path(content), partialPath(content)]
    for path in paths where unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR {
      throw WholeFile.fault(path, errno)
    }
    // Also where there was none: an earlier run may have come as far as that.
    for path in paths { try ContentFiles.sync((path as NSString).deletingLastPathComponent, ifThere: true) }
  }

  /// A content that comes piece by piece; nil where somebody else is at it.
  ///
  /// - Throws: `StoreError.diskFull`, `file`.
  public func partial(_ content: Hash256, byteCount: Int) throws(StoreError) -> PartialContent? {
    try makeFolder(of: partialPath(content))
    return try PartialContent(content, byteCount: byteCount, in: self)
  }

  /// Removes what has come of contents that nobody wants any more, but for what somebody is filling.
  public func removePartials(unless isWanted: (Hash256) throws -> Bool) throws {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder + "/partial")) ?? [] {
      guard let content = [UInt8](hex: name).flatMap({ Hash256($0) }), try !isWanted(content) else {
        continue
      }
      try PartialContent(content, byteCount: 0, in: self)?.discard()
    }
  }

  /// The contents of which there are files.
  public func contents() -> [Hash256] {
    let files = FileManager.default
    return ((try? files.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.utf8.count == 2 }.sorted()
      .flatMap { part in
        ((try? files.contentsOfDirectory(atPath: "\(folder)/\(part)")) ?? []).sorted().compactMap {
          [UInt8](hex: part + $0).flatMap { Hash256($0) }
        }
      }
  }

  private func makeFolder(of path: String) throws(StoreError) {
    let place = (path as NSString).deletingLastPathComponent
    do {
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    } catch {
      throw WholeFile.fault(place, PosixCause.errno(of: error))
    }
  }

  /// A file's name is as durable as the folder that it stands in, and that as its own folder, up to the store's: each is
  /// written once.
  ///
  /// - Throws: `StoreError.diskFull`, `file`.
  public func makeDurable(_ contents: some Collection<Hash256>) throws(StoreError) {
    guard !contents.isEmpty else { return }
    let places = Set(contents.map { (path($0) as NSString).deletingLastPathComponent })
    let store = (folder as NSString).deletingLastPathComponent
    for place in places.sorted() + [folder, store] { try ContentFiles.sync(place) }
  }

  private static func sync(_ place: String, ifThere: Bool = false) throws(StoreError) {
    let descriptor = open(place, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    guard descriptor >= 0 else {
      if ifThere, errno == ENOENT || errno == ENOTDIR { return }
      throw WholeFile.fault(place, errno)
    }
    defer { close(descriptor) }
    // Some file systems have no such thing for folders.
    if fsync(descriptor) != 0, errno != EINVAL { throw WholeFile.fault(place, errno) }
  }
}

extension Store {
  public var contents: ContentFiles { ContentFiles(store: folder) }
}
