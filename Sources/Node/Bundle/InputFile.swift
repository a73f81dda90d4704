internal import Foundation
internal import Store

/// A file that is read from its front, piece by piece.
final class InputFile {
  private let path: String
  private let descriptor: Int32
  /// Where the next piece begins.
  private(set) var position = 0

  /// - Throws: `NodeError.noFile`, `file`, `StoreError.notAFile`.
  init(_ path: String) throws {
    self.path = path
    do {
      descriptor = try ForeignFile.open(path)
    } catch StoreError.file(_, let number) {
      throw number == ENOENT ? NodeError.noFile(path: path) : .file(path: path, errno: number)
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Bytes in the file as it stands now.
  var count: Int {
    var facts = stat()
    return fstat(descriptor, &facts) == 0 ? Int(facts.st_size) : 0
  }

  /// The next bytes: fewer than `count` only where the file ends.
  func read(_ count: Int) throws(NodeError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
      while read < count {
        let more = Foundation.read(descriptor, buffer.baseAddress! + read, count - read)
        if more > 0 {
          read += more
        } else if more == 0 {
          return
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    guard failure == 0 else { throw .file(path: path, errno: failure) }
    position += bytes.count
    return bytes
  }

  /// Reads on from elsewhere.
  func seek(to place: Int) throws(NodeError) {
    guard lseek(descriptor, off_t(place), SEEK_SET) >= 0 else { throw .file(path: path, errno: errno) }
    position = place
  }
}
