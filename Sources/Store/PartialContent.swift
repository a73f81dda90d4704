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

  /// - Returns: nil where somebody else fills it.
  init?(_ content: Hash256, byteCount: Int, in files: ContentFiles) throws(StoreError) {
    self.content = content
    self.byteCount = byteCount
    self.files = files
    path = files.partialPath(content)
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw WholeFile.fault(path, errno) }
    var own = stat()
    var named = stat()
    // Who had it before may have finished, so that the name means another file by now, or none.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &own) == 0, stat(path, &named) == 0,
      own.st_ino == named.st_ino, own.st_dev == named.st_dev
    else { return nil }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

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

  /// All pieces have come: it gets its name where it is what its hash says, and is thrown away where it is not.
  ///
  /// - Returns: whether it is.
  /// - Throws: `StoreError.diskFull`, `file`.
  public func finish() throws(StoreError) -> Bool {
    // Longer, where somebody said before that it had more bytes.
    guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw WholeFile.fault(path, errno) }
    guard digest == content else {
      unlink(path)
      return false
    }
    guard fsync(descriptor) == 0 else { throw WholeFile.fault(path, errno) }
    try files.take(path, as: content)
    return true
  }

  private var digest: Hash256? {
    guard byteCount > 0 else { return Hash256(hashing: []) }
    guard let map = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0), map != MAP_FAILED else {
      return nil
    }
    defer { munmap(map, byteCount) }
    return Hash256(hashing: UnsafeRawBufferPointer(start: map, count: byteCount))
  }
}
