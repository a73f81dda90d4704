internal import Foundation

/// A file that is written whole or not at all: what fails midway leaves nothing, and what stood there stays.
public enum WholeFile {
  /// Durable when it returns: a stick may be pulled out right after.
  ///
  /// - Throws: `StoreError.file`, `diskFull` where there is no room.
  public static func write(_ bytes: [UInt8], to path: String) throws(StoreError) {
    let path = resolved(path)
    var facts = stat()
    let exists = stat(path, &facts) == 0
    // A device or a pipe has no place that another file could take.
    let isPlain = !exists || facts.st_mode & S_IFMT == S_IFREG && !path.hasPrefix("/dev/")
    let target = isPlain ? "\(path).\(getpid()).part" : path
    let flags = isPlain ? O_CREAT | O_EXCL : O_TRUNC
    let descriptor = open(target, O_WRONLY | O_CLOEXEC | flags, exists ? facts.st_mode & 0o777 : 0o666)
    guard descriptor >= 0 else { throw fault(path, errno) }
    var failure = fill(descriptor, bytes)
    if failure == 0, isPlain, fsync(descriptor) != 0 { failure = errno }
    if close(descriptor) != 0, failure == 0 { failure = errno }
    if failure == 0, isPlain, rename(target, path) != 0 { failure = errno }
    guard failure != 0 else { return }
    if isPlain { unlink(target) }
    throw fault(path, failure)
  }

  /// Through links to the file that they mean; a name of the system's own for an open file stays as it is.
  private static func resolved(_ path: String) -> String {
    guard !path.hasPrefix("/dev/"), let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  static func fault(_ path: String, _ number: Int32) -> StoreError {
    number == ENOSPC || number == EDQUOT ? .diskFull : .file(path: path, errno: number)
  }

  /// - Returns: 0, or the system's number for what went wrong.
  private static func fill(_ descriptor: Int32, _ bytes: [UInt8]) -> Int32 {
    bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let count = Foundation.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
        if count >= 0 { written += count } else if errno != EINTR { return errno }
      }
      return 0
    }
  }
}
