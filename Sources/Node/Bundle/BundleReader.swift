internal import Ledger
internal import Trust
internal import Wire

/// Reads a bundle without ever holding more of it than its head and one frame.
struct BundleReader {
  let head: BundleHead
  private let file: InputFile
  private let bodyStart: Int

  /// Reads the head and nothing behind it.
  ///
  /// - Throws: `BundleFault`, `NodeError` where the file cannot be read.
  init(_ path: String) throws {
    file = try InputFile(path)
    head = try BundleHead(from: file)
    bodyStart = file.position
  }

  /// Bytes of all segments, as far as the file tells now.
  var bodyBytes: Int { max(0, file.count - bodyStart) }

  /// Goes through the file once, to see that it holds what the manifest was signed for.
  ///
  /// - Throws: `BundleFault.altered`.
  func checkContent() throws {
    try file.seek(to: bodyStart)
    var hash = HashStream()
    hash.take(head.sealedKey)
    while true {
      let piece = try file.read(BundleReader.sealedBytes)
      guard !piece.isEmpty else { break }
      hash.take(piece)
    }
    try check(hash)
  }

  /// Opens the segments one by one.
  ///
  /// What is handed out must not last unless this returns: only then is it known that the file still held what the
  /// manifest was signed for.
  ///
  /// - Parameters:
  ///   - progressed: is told how many bytes of the segments were read, of how many.
  ///   - take: is given each Changes payload, in order.
  /// - Throws: `BundleFault.altered`, `cut`, `overLimit`; what `take` and `progressed` throw.
  func read(
    _ key: [UInt8], progressed: (_ bytes: Int, _ of: Int) throws -> Void, _ take: ([UInt8]) throws -> Void
  ) throws {
    try file.seek(to: bodyStart)
    let total = bodyBytes
    try progressed(0, total)
    let cipher = SegmentCipher(key: key)
    var frames = BundleFrames()
    var hash = HashStream()
    hash.take(head.sealedKey)
    var index: UInt64 = 0
    var segment = try file.read(BundleReader.sealedBytes)
    while true {
      // Which one is the last shows where none follows.
      let next = try file.read(BundleReader.sealedBytes)
      hash.take(segment)
      do throws(TrustError) {
        frames.append(try cipher.open(segment, index: index, isLast: next.isEmpty))
      } catch {
        throw error == .altered ? BundleFault.altered : error
      }
      while let frame = try frames.next() { try take(frame) }
      try progressed(min(total, file.position - bodyStart - next.count), total)
      guard !next.isEmpty else { break }
      segment = next
      index += 1
    }
    guard frames.isAtEnd else { throw BundleFault.cut }
    try check(hash)
  }

  private static let sealedBytes = SegmentCipher.segmentBytes + SegmentCipher.tagBytes

  private func check(_ hash: HashStream) throws(BundleFault) {
    guard hash.digest == head.manifest.content else { throw .altered }
  }
}

/// A bundle's body, put together again from its segments: frames, each with its length before it.
struct BundleFrames {
  private var bytes: [UInt8] = []
  private var start = 0

  var isAtEnd: Bool { start == bytes.count }

  mutating func append(_ segment: [UInt8]) {
    // Once a segment and not once a frame: small frames would be moved over and over.
    bytes.removeFirst(start)
    start = 0
    bytes += segment
  }

  /// - Returns: nil where more has to be appended first.
  /// - Throws: `overLimit`, before any more of such a frame is kept.
  mutating func next() throws(BundleFault) -> [UInt8]? {
    let rest = bytes[start...]
    guard rest.count >= 4 else { return nil }
    let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    guard length <= Limits.frameBytes else {
      throw .overLimit(name: "frame", value: length, limit: Limits.frameBytes)
    }
    guard rest.count - 4 >= length else { return nil }
    start += 4 + length
    return Array(rest.dropFirst(4).prefix(length))
  }
}
