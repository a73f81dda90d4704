internal import Foundation
public import Ledger

/// A content on its way in. What came of it stays in a file of its own when the transfer breaks off, and the next one
/// goes on behind the last whole piece; only the whole is believed, by its hash. One at a time fills it.
public final class PartialContent {
  public let content: Hash256
  private var byteCount: Int
  private let files: ContentFiles
  private let path: String
  private let descriptor: Int32
  /// Whether nobody else may fill it.
  private let isLocked: Bool

  /// - Returns: nil where somebody else fills it.
  init?(_ content: Hash256, byteCount: Int, in files: ContentFiles) throws(StoreError) {
    self.content = content
    self.byteCount = byteCount
    self.files = files
    path = files.partialPath(content)
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw WholeFile.fault(path, errno) }
    isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    // Who had it before may have finished, so that the name means another file by now, or none.
    guard isLocked, isNamed else { return nil }
  }

  deinit {
    guard descriptor >= 0 else { return }
    // Of what nobody gives nothing stays.
    if isLocked, isEmpty { discard() }
    close(descriptor)
  }

  /// Whether its name means this file still.
  private var isNamed: Bool {
    var own = stat()
    var named = stat()
    return fstat(descriptor, &own) == 0 && stat(path, &named) == 0 && own.st_ino == named.st_ino
      && own.st_dev == named.st_dev
  }

  private var isEmpty: Bool {
    var facts = stat()
    return fstat(descriptor, &facts) == 0 && facts.st_size == 0
  }

  /// Throws away what has come of it.
  public func discard() { if isNamed { unlink(path) } }

  /// Where the next piece begins: a whole number of pieces, and never the end.
  public var resumesAt: Int {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { return 0 }
    let piece = Attachment.chunkByteCount
    return min(Int(facts.st_size), max(0, byteCount - 1)) / piece * piece
  }

  /// - Throws: `StoreError.diskFull`, `file`.
  public func write(_ bytes: [UInt8], at offset: Int) throws(StoreError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress! + written, bytes.count - written, off_t(offset + written))
      }
      if count >= 0 { written += count } else if errno != EINTR { throw WholeFile.fault(path, errno) }
    }
  }

  /// The same, of one that turned out to have so many bytes.
  public func finish(byteCount: Int) throws(StoreError) -> Bool {
    self.byteCount = byteCount
    return try finish()
  }

  /// All pieces have come: it gets its name where it is what its hash says, and is thrown away where it is not. It is
  /// durable when this returns.
  ///
  /// - Returns: whether it is.
  /// - Throws: `StoreError.diskFull`, `file`; `busy` where its name means another file by now.
  public func finish() throws(StoreError) -> Bool {
    guard try place() else { return false }
    try files.makeDurable([content])
    return true
  }

  /// The same, but that its name may not last.
  func place() throws(StoreError) -> Bool {
    // Longer, where somebody said before that it had more bytes.
    guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw WholeFile.fault(path, errno) }
    guard try ContentFiles.digest(of: descriptor, upTo: byteCount, path) == content else {
      discard()
      return false
    }
    guard fsync(descriptor) == 0 else { throw WholeFile.fault(path, errno) }
    // It is moved by its name: what stands there must be what was looked at.
    guard isNamed else { throw .busy }
    try files.take(path, as: content)
    return true
  }
}
