internal import Ledger
internal import Store
internal import Trust

/// Writes a bundle as its frames come, so that it takes no more memory than one of them.
struct BundleWriter {
  private let file: WholeFile
  private let format: UInt8
  private let cipher: SegmentCipher
  private var manifest: BundleManifest
  private let chain: String
  private let sealedKey: [UInt8]
  private let sign: ([UInt8]) throws -> Signature
  private var hash = HashStream()
  /// Of the body, what is not sealed yet: which segment is the last shows only at the end.
  private var pending: [UInt8] = []
  private var index: UInt64 = 0
  /// Bytes of the file, the head's included.
  private(set) var byteCount: Int

  /// - Parameters:
  ///   - manifest: all of it but the count of changes and the content.
  ///   - key: 32 random bytes, used for nothing else; `sealedKey` is the same for the recipient alone.
  init(
    to path: String, _ manifest: BundleManifest, format: UInt8 = 1, chain: String, key: [UInt8],
    sealedKey: [UInt8],
    sign: @escaping ([UInt8]) throws -> Signature
  ) throws {
    self.manifest = manifest
    self.format = format
    self.chain = chain
    self.sealedKey = sealedKey
    self.sign = sign
    cipher = SegmentCipher(key: key)
    byteCount = 0
    file = try WholeFile(path)
    // The head says what only the end can tell: its room is kept free.
    let unsigned = [UInt8](repeating: 0, count: Signature.byteCount)
    let room = try head { _ in Signature(unsigned)! }.encoded.count
    try append([UInt8](repeating: 0, count: room))
    hash.take(sealedKey)
  }

  /// The head so far, of the same length whatever the count of changes: what the count's varint leaves is filled.
  private func head(_ sign: ([UInt8]) throws -> Signature) throws -> BundleHead {
    var count = ByteWriter()
    count.write(varint: UInt64(manifest.changes))
    let filling = BundleWriter.longestVarint - count.count
    return try BundleHead(
      manifest, format: format, filling: filling, chain: chain, sealedKey: sealedKey, sign: sign)
  }

  /// How many contents of attachments were written.
  mutating func note(attachments: Int) { manifest.attachments = attachments }

  private static let longestVarint = 10

  /// - Parameter frame: a Changes payload.
  mutating func write(frame: [UInt8], changes: Int) throws {
    pending += UInt32(frame.count).bigEndianBytes
    pending += frame
    manifest.changes += changes
    var sealed = 0
    while pending.count - sealed > SegmentCipher.segmentBytes {
      let end = sealed + SegmentCipher.segmentBytes
      try seal(Array(pending[sealed..<end]), isLast: false)
      sealed = end
    }
    pending.removeFirst(sealed)
  }

  private mutating func seal(_ segment: [UInt8], isLast: Bool) throws {
    let sealed = try cipher.seal(segment, index: index, isLast: isLast)
    index += 1
    hash.take(sealed)
    try append(sealed)
  }

  private mutating func append(_ bytes: [UInt8]) throws {
    try file.append(bytes)
    byteCount += bytes.count
  }

  /// Signs for all that was written; the file lasts when this returns.
  mutating func finish() throws -> BundleManifest {
    try seal(pending, isLast: true)
    pending = []
    manifest.content = hash.digest
    try file.overwrite(try head(sign).encoded, at: 0)
    try file.keep()
    return manifest
  }
}
