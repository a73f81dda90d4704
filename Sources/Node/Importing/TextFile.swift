internal import Glibc
internal import Store

/// A text file as UTF-8, a piece at a time: nothing of it is kept, whatever its size.
final class TextFile {
  private let descriptor: Int32
  private let path: String
  private var decoder: TextDecoder
  private(set) var bytesRead = 0
  let byteCount: Int

  private static let pieceBytes = 1 << 20

  /// Opens the file and goes through it once, to tell its encoding and that it is text.
  ///
  /// - Throws: `importUnreadable` where the file is empty, is not in the encoding, or holds NUL; `StoreError.notAFile` of a
  ///   pipe or a device, for it is read more than once.
  init(_ path: String, _ encoding: TextEncoding) throws {
    self.path = path
    do {
      descriptor = try ForeignFile.open(path)
    } catch StoreError.file(_, let number) {
      throw number == ENOENT ? NodeError.noFile(path: path) : .file(path: path, errno: number)
    }
    var facts = stat()
    byteCount = fstat(descriptor, &facts) == 0 ? Int(facts.st_size) : 0
    decoder = TextDecoder(isUTF8: encoding != .gb18030)
    guard byteCount > 0 else { throw NodeError.importUnreadable(reason: .empty) }
    if try !isReadable() {
      guard encoding == .auto else { throw NodeError.importUnreadable(reason: .encoding) }
      decoder = TextDecoder(isUTF8: false)
      guard try isReadable() else { throw NodeError.importUnreadable(reason: .encoding) }
    }
  }

  deinit { close(descriptor) }

  /// Whether its name says that it has a JSON object a line.
  var isNamedJSONLines: Bool { path.lowercased().hasSuffix(".jsonl") }

  private func isReadable() throws -> Bool {
    do {
      while try next() != nil {}
      try rewind()
      return true
    } catch NodeError.importUnreadable(reason: .encoding) {
      try rewind()
      return false
    }
  }

  func rewind() throws {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw NodeError.file(path: path, errno: errno)
    }
    bytesRead = 0
    decoder = TextDecoder(isUTF8: decoder.isUTF8)
  }

  /// The next piece, without a byte order mark; nil at the end.
  func next() throws -> [UInt8]? {
    let isFirst = bytesRead == 0
    var failure: Int32 = 0
    let piece = [UInt8](unsafeUninitializedCapacity: TextFile.pieceBytes) { buffer, count in
      let got = read(descriptor, buffer.baseAddress, TextFile.pieceBytes)
      count = max(0, got)
      if got < 0 { failure = errno }
    }
    guard failure == 0 else { throw NodeError.file(path: path, errno: failure) }
    if piece.isEmpty {
      guard decoder.isAtBoundary else { throw NodeError.importUnreadable(reason: .encoding) }
      return nil
    }
    bytesRead += piece.count
    guard !piece.contains(0), var text = decoder.decode(piece) else {
      throw NodeError.importUnreadable(reason: .encoding)
    }
    if isFirst, text.starts(with: [0xef, 0xbb, 0xbf]) { text.removeFirst(3) }
    return text
  }
}

/// Bytes to UTF-8, piece by piece; a character that is cut at a piece's end is kept for the next.
struct TextDecoder {
  let isUTF8: Bool
  private var rest: [UInt8] = []

  init(isUTF8: Bool) { self.isUTF8 = isUTF8 }

  var isAtBoundary: Bool { rest.isEmpty }

  /// - Returns: nil where the bytes are not in the encoding.
  mutating func decode(_ piece: [UInt8]) -> [UInt8]? {
    let all = rest.isEmpty ? piece : rest + piece
    if !isUTF8 {
      guard let (text, used) = TextEncoding.fromGB18030(all) else { return nil }
      rest = Array(all[used...])
      return text
    }
    let end = all.count - TextDecoder.cutLength(all)
    rest = Array(all[end...])
    let isValid = all.withUnsafeBytes { raw in
      String(validating: UnsafeRawBufferPointer(rebasing: raw[..<end]), as: UTF8.self) != nil
    }
    guard isValid else { return nil }
    return rest.isEmpty ? all : Array(all[..<end])
  }

  /// How many bytes at the end begin a character that goes on beyond it.
  private static func cutLength(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      if byte < 0x80 { return 0 }
      if byte >= 0xc0 {
        let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
        return back < length ? back : 0
      }
    }
    return 0
  }
}
