internal import Foundation

/// A file that is written whole or not at all: what fails midway leaves nothing, and what stood there stays. It is
/// made a piece after the other, and takes its place once it is `keep`ed.
///
/// A device or a pipe has no place that another file could take: what is for one waits in a temporary file.
public final class WholeFile {
  /// Through links to the file that they mean.
  private let path: String
  private let isPlain: Bool
  private let descriptor: Int32
  /// Where it is made; nil where it has no name.
  private var draft: String?
  private var pending: [UInt8] = []
  private static let pieceBytes = 1 << 16

  /// - Parameter newMode: of a file that is not there yet; the system takes from it what its `umask` says.
  /// - Throws: `ownFile`, `databaseFile` where a store or a backup would be lost by it; `file`, `diskFull` where there is
  ///   no room, as do all that write.
  public init(_ path: String, newMode: UInt32 = 0o666) throws(StoreError) {
    try StoreFiles.requireNone(at: path)
    let path = WholeFile.resolved(path)
    self.path = path
    var facts = stat()
    let exists = stat(path, &facts) == 0
    isPlain = !exists || facts.st_mode & S_IFMT == S_IFREG && !WholeFile.isSystemsName(path)
    let mode = exists ? facts.st_mode & 0o777 : newMode
    let nameless =
      isPlain
      ? WholeFile.openNameless(in: URL(fileURLWithPath: path).deletingLastPathComponent().path, mode)
      : WholeFile.openTemporary()
    guard nameless < 0, isPlain else {
      descriptor = nameless
      if nameless < 0 { throw WholeFile.fault(path, errno) }
      return
    }
    // Not every file system has files without a name.
    let name = WholeFile.draftName(path)
    descriptor = open(name, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, mode)
    guard descriptor >= 0 else { throw WholeFile.fault(path, errno) }
    draft = name
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if let draft { unlink(draft) }
  }

  /// Durable when it returns: a stick may be pulled out right after.
  public static func write(_ bytes: [UInt8], to path: String, newMode: UInt32 = 0o666) throws(StoreError) {
    let file = try WholeFile(path, newMode: newMode)
    try file.append(bytes)
    try file.keep()
  }

  public func append(_ bytes: some Collection<UInt8>) throws(StoreError) {
    pending.append(contentsOf: bytes)
    if pending.count >= WholeFile.pieceBytes { try empty() }
  }

  /// Writes over what stands at a place; what is appended goes on at the end as before.
  public func overwrite(_ bytes: [UInt8], at place: Int) throws(StoreError) {
    try empty()
    let failure = WholeFile.pour(bytes.count) { start, count in
      bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress! + start, count, off_t(place + start)) }
    }
    try check(failure)
  }

  /// Puts it in its place; durable when it returns.
  public func keep() throws(StoreError) {
    try empty()
    guard isPlain else { return try check(copy(to: path)) }
    try check(fsync(descriptor) == 0 ? 0 : errno)
    if draft == nil {
      let name = WholeFile.draftName(path)
      let link = linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW)
      try check(link == 0 ? 0 : errno)
      draft = name
    }
    guard let draft else { return }
    try check(rename(draft, path) == 0 ? 0 : errno)
    self.draft = nil
    WholeFile.syncFolder(of: path)
  }

  /// A name that was given is as durable as what it names: a stick may be pulled out right after. Not every file
  /// system can be asked for it.
  public static func syncFolder(of path: String) {
    let folder = open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { return }
    _ = fsync(folder)
    close(folder)
  }

  // MARK: the system's calls; each answers 0, or the system's number for what went wrong

  private func empty() throws(StoreError) {
    let failure = WholeFile.pour(pending[...], into: descriptor)
    pending.removeAll(keepingCapacity: true)
    try check(failure)
  }

  private func copy(to path: String) -> Int32 {
    let target = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC)
    guard target >= 0 else { return errno }
    var piece = [UInt8](repeating: 0, count: WholeFile.pieceBytes)
    var position: off_t = 0
    var failure: Int32 = 0
    while failure == 0 {
      let count = pread(descriptor, &piece, piece.count, position)
      if count < 0 { failure = errno }
      guard count > 0 else { break }
      position += off_t(count)
      failure = WholeFile.pour(piece.prefix(count), into: target)
    }
    return close(target) != 0 && failure == 0 ? errno : failure
  }

  /// - Returns: 0, or the system's number for what went wrong.
  static func pour(_ bytes: ArraySlice<UInt8>, into descriptor: Int32) -> Int32 {
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

  /// A file without a name goes with its process, however that ends.
  private static func openNameless(in folder: String, _ mode: mode_t) -> Int32 {
    // Glibc's O_TMPFILE, which Swift does not see: __O_TMPFILE of Linux with O_DIRECTORY.
    open(folder, 0o20_000_000 | O_DIRECTORY | O_RDWR | O_CLOEXEC, mode)
  }

  private static func openTemporary() -> Int32 {
    var template = Array("\(NSTemporaryDirectory())/taizhang-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { return descriptor }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(template)
    return descriptor
  }

  /// A name beside a file that nobody else's has.
  static func draftName(_ path: String) -> String {
    "\(path).\(getpid()).\(UInt16.random(in: 0...UInt16.max)).part"
  }

  /// A name of the system's own for an open file stays as it is.
  private static func resolved(_ path: String) -> String {
    guard !isSystemsName(path), let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// `/dev/stdout` and the like; what lies in shared memory is a file as any other.
  private static func isSystemsName(_ path: String) -> Bool {
    path.hasPrefix("/dev/") && !path.hasPrefix("/dev/shm/")
  }

  private func check(_ number: Int32) throws(StoreError) {
    guard number != 0 else { return }
    throw WholeFile.fault(path, number)
  }

  static func fault(_ path: String, _ number: Int32) -> StoreError {
    number == ENOSPC || number == EDQUOT ? .diskFull : .file(path: path, errno: number)
  }
}
