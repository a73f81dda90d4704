internal import Foundation

/// A file that is written piece by piece and stands whole or not at all: what ends before `finish` leaves nothing,
/// and what stood there stays.
public final class WholeFileWriter {
  private let path: String
  /// Where what is written lies until then; nil where it has no name yet, or goes straight to its place.
  private var part: String?
  /// A device or a pipe has no place that another file could take.
  private let isPlain: Bool
  private var descriptor: Int32 = -1
  private var pending: [UInt8] = []
  private static let pieceBytes = 1 << 16

  /// - Throws: `StoreError.file` where it cannot be written there.
  public init(_ path: String) throws(StoreError) {
    self.path = WholeFileWriter.resolved(path)
    var facts = stat()
    let exists = stat(self.path, &facts) == 0
    isPlain =
      !exists || facts.st_mode & S_IFMT == S_IFREG && !WholeFileWriter.isSystemsName(self.path)
    let mode = exists ? facts.st_mode & 0o777 : 0o666
    guard isPlain else {
      descriptor = open(self.path, O_WRONLY | O_CLOEXEC | O_TRUNC)
      if descriptor < 0 { throw WholeFileWriter.fault(path, errno) }
      return
    }
    // A file without a name goes with its process, however that ends. Not every file system has such.
    let folder = URL(fileURLWithPath: self.path).deletingLastPathComponent().path
    descriptor = open(folder, WholeFileWriter.nameless | O_WRONLY | O_CLOEXEC, mode)
    if descriptor >= 0 { return }
    part = partName
    descriptor = open(partName, O_WRONLY | O_CLOEXEC | O_CREAT | O_EXCL, mode)
    if descriptor < 0 {
      part = nil
      throw WholeFileWriter.fault(path, errno)
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if let part { unlink(part) }
  }

  /// - Throws: `StoreError.file`, `diskFull` where there is no room.
  public func write(_ bytes: some Collection<UInt8>) throws(StoreError) {
    pending.append(contentsOf: bytes)
    if pending.count >= WholeFileWriter.pieceBytes { try empty() }
  }

  /// Durable when it returns: a stick may be pulled out right after.
  ///
  /// - Throws: `StoreError.file`, `diskFull` where there is no room.
  public func finish() throws(StoreError) {
    try empty()
    if isPlain {
      if fsync(descriptor) != 0 { throw WholeFileWriter.fault(path, errno) }
      if part == nil {
        if linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, partName, AT_SYMLINK_FOLLOW) != 0 {
          throw WholeFileWriter.fault(path, errno)
        }
        part = partName
      }
    }
    let closed = close(descriptor)
    descriptor = -1
    if closed != 0 { throw WholeFileWriter.fault(path, errno) }
    guard let part else { return }
    if rename(part, path) != 0 { throw WholeFileWriter.fault(path, errno) }
    self.part = nil
  }

  private var partName: String { "\(path).\(getpid()).part" }

  /// Glibc's O_TMPFILE, which Swift does not see: __O_TMPFILE of Linux with O_DIRECTORY.
  private static let nameless: Int32 = 0o20_000_000 | O_DIRECTORY

  private func empty() throws(StoreError) {
    let failure = pending.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let count = Foundation.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
        if count >= 0 { written += count } else if errno != EINTR { return errno }
      }
      return 0
    }
    pending.removeAll(keepingCapacity: true)
    if failure != 0 { throw WholeFileWriter.fault(path, failure) }
  }

  /// Through links to the file that they mean; a name of the system's own for an open file stays as it is.
  private static func resolved(_ path: String) -> String {
    guard !isSystemsName(path), let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// `/dev/stdout` and the like; what lies in shared memory is a file as any other.
  private static func isSystemsName(_ path: String) -> Bool {
    path.hasPrefix("/dev/") && !path.hasPrefix("/dev/shm/")
  }

  private static func fault(_ path: String, _ number: Int32) -> StoreError {
    number == ENOSPC || number == EDQUOT ? .diskFull : .file(path: path, errno: number)
  }
}
