internal import Foundation

/// A file from elsewhere that is only read: nothing is written where it lies, whatever leads there.
public final class ForeignFile {
  private let path: String
  private let descriptor: Int32
  /// Its size when it was opened.
  public let byteCount: Int
  private static let pieceBytes = 1 << 20

  /// - Throws: as `open` does.
  public init(_ path: String) throws(StoreError) {
    self.path = path
    descriptor = try ForeignFile.open(path)
    var facts = stat()
    byteCount = fstat(descriptor, &facts) == 0 ? Int(facts.st_size) : 0
  }

  deinit { close(descriptor) }

  /// Opens a regular file for reading. A pipe or a device is not even opened: that alone may wait for ever, or do something.
  ///
  /// - Returns: a descriptor, which is the caller's to close.
  /// - Throws: `file` where it cannot be opened, or is a folder; `notAFile` where it is anything but a regular file.
  public static func open(_ path: String) throws(StoreError) -> Int32 {
    var facts = stat()
    guard stat(path, &facts) == 0 else { throw .file(path: path, errno: errno) }
    try check(facts, path)
    // Another thing may stand there by now.
    let descriptor = Foundation.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .file(path: path, errno: errno) }
    do throws(StoreError) {
      guard fstat(descriptor, &facts) == 0 else { throw .file(path: path, errno: errno) }
      try check(facts, path)
    } catch {
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private static func check(_ facts: stat, _ path: String) throws(StoreError) {
    switch facts.st_mode & S_IFMT {
    case S_IFREG: return
    case S_IFDIR: throw .file(path: path, errno: EISDIR)
    default: throw .notAFile(path: path)
    }
  }

  /// Writes its bytes into a new file that nobody but its owner reads.
  ///
  /// - Parameter progressed: is told how many bytes were written, of how many.
  /// - Throws: `file` where something stands at `target` or this file cannot be read, `diskFull`; what `progressed` throws. Nothing is left then.
  public func copy(to target: String, progressed: (_ bytes: Int, _ of: Int) throws -> Void = { _, _ in })
    throws
  {
    let out = Foundation.open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard out >= 0 else { throw WholeFile.fault(target, errno) }
    defer { close(out) }
    do {
      var piece = [UInt8](repeating: 0, count: ForeignFile.pieceBytes)
      var position = 0
      while true {
        try progressed(position, max(position, byteCount))
        let count = pread(descriptor, &piece, piece.count, off_t(position))
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw StoreError.file(path: path, errno: errno) }
        guard count > 0 else { return }
        let failure = WholeFile.pour(piece.prefix(count), into: out)
        guard failure == 0 else { throw WholeFile.fault(target, failure) }
        position += count
      }
    } catch {
      unlink(target)
      throw error
    }
  }
}
