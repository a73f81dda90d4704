internal import Foundation

/// A file that is written whole or not at all: what fails midway leaves nothing, and what stood there stays. It is
/// made beside its place, a piece after the other, and takes that once it is `keep`ed.
///
/// A device or a pipe has no place that another file could take: what is for one waits in a temporary file.
public final class WholeFile {
  /// Through links to the file that they mean.
  private let path: String
  /// Where it is made; nil where it has no name.
  private let draft: String?
  private let descriptor: Int32
  private var isKept = false

  /// - Throws: `StoreError.file`, `diskFull` where there is no room; so do all that write.
  public init(_ path: String) throws(StoreError) {
    let path = WholeFile.resolved(path)
    self.path = path
    var facts = stat()
    let exists = stat(path, &facts) == 0
    let isPlain = !exists || facts.st_mode & S_IFMT == S_IFREG && !path.hasPrefix("/dev/")
    if isPlain {
      let name = "\(path).\(getpid()).part"
      draft = name
      descriptor = open(
        name, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, exists ? facts.st_mode & 0o777 : 0o666)
    } else {
      draft = nil
      descriptor = WholeFile.openNameless()
    }
    guard descriptor >= 0 else {
      // What could not be made is not this one's to take away.
      isKept = true
      throw WholeFile.fault(path, errno)
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if !isKept, let draft { unlink(draft) }
  }

  /// Durable when it returns: a stick may be pulled out right after.
  public static func write(_ bytes: [UInt8], to path: String) throws(StoreError) {
    let file = try WholeFile(path)
    try file.append(bytes)
    try file.keep()
  }

  public func append(_ bytes: [UInt8]) throws(StoreError) {
    try check(WholeFile.pour(bytes, into: descriptor))
  }

  /// Writes over what stands at a place; what is appended goes on at the end as before.
  public func overwrite(_ bytes: [UInt8], at place: Int) throws(StoreError) {
    let failure = WholeFile.pour(bytes.count) { start, count in
      bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress! + start, count, off_t(place + start)) }
    }
    try check(failure)
  }

  /// Puts it in its place; durable when it returns.
  public func keep() throws(StoreError) {
    guard let draft else { return try check(copy(to: path)) }
    try check(fsync(descriptor) == 0 ? 0 : errno)
    try check(rename(draft, path) == 0 ? 0 : errno)
    isKept = true
  }

  // MARK: the system's calls; each answers 0, or the system's number for what went wrong

  private func copy(to path: String) -> Int32 {
    let target = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC)
    guard target >= 0 else { return errno }
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    var position: off_t = 0
    var failure: Int32 = 0
    while failure == 0 {
      let count = pread(descriptor, &piece, piece.count, position)
      if count < 0 { failure = errno }
      guard count > 0 else { break }
      position += off_t(count)
      failure = WholeFile.pour(Array(piece.prefix(count)), into: target)
    }
    return close(target) != 0 && failure == 0 ? errno : failure
  }

  private static func pour(_ bytes: [UInt8], into descriptor: Int32) -> Int32 {
    pour(bytes.count) { start, count in
      bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress! + start, count) }
    }
  }

  /// Writes what the system takes only in parts.
  private static func pour(_ count: Int, _ write: (_ start: Int, _ count: Int) -> Int) -> Int32 {
    var written = 0
    while written < count {
      let more = write(written, count - written)
      if more >= 0 { written += more } else if errno != EINTR { return errno }
    }
    return 0
  }

  private static func openNameless() -> Int32 {
    var template = Array("\(NSTemporaryDirectory())/taizhang-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { return descriptor }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(template)
    return descriptor
  }

  /// A name of the system's own for an open file stays as it is.
  private static func resolved(_ path: String) -> String {
    guard !path.hasPrefix("/dev/"), let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private func check(_ number: Int32) throws(StoreError) {
    guard number != 0 else { return }
    throw WholeFile.fault(path, number)
  }

  static func fault(_ path: String, _ number: Int32) -> StoreError {
    number == ENOSPC || number == EDQUOT ? .diskFull : .file(path: path, errno: number)
  }
}
