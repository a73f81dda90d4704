internal import Ledger
internal import Trust
internal import Wire

/// What stands before a bundle's segments; nothing of it is believed.
///
/// Layout: `TZBUNDLE`, format (1 byte; 1 where it carries changes alone, else 2), then the manifest, its signature, the maker's chain (PEM) and the sealed
/// content key (CMS), each with its length (4 bytes, big-endian) before it.
struct BundleHead {
  var format: UInt8
  var manifest: BundleManifest
  /// The manifest as it was signed.
  var signed: [UInt8]
  var signature: Signature
  /// The maker's chain lets a recipient verify a maker that it has not heard of.
  var chain: String
  var sealedKey: [UInt8]

  private static let magic = Array("TZBUNDLE".utf8)
  private static let formats: ClosedRange<UInt8> = 1...BundledAttachments.format

  enum Limit {
    /// The names in it stand in certificates too.
    static let manifestBytes = 2 * Limits.certificateBytes
    static let chainBytes = Limits.certificateBytes
    /// One recipient's CMS takes some 400.
    static let sealedKeyBytes = 16 << 10
  }

  // MARK: writing

  /// - Parameter filling: so many bytes stand behind the manifest, and are signed with it: its count of attachments, the
  ///   format, then zero bytes.
  /// - Throws: `overLimit` where no reader would take it.
  init(
    _ manifest: BundleManifest, format: UInt8 = 1, filling: Int = 0, chain: String, sealedKey: [UInt8],
    sign: ([UInt8]) throws -> Signature
  ) throws {
    self.format = format
    self.manifest = manifest
    self.manifest.format = UInt64(format)
    signed = self.manifest.encoded + self.manifest.tail(filling)
    signature = try sign(signed)
    self.chain = chain
    self.sealedKey = sealedKey
    try BundleHead.check("bundle-manifest", signed.count, Limit.manifestBytes)
    try BundleHead.check("bundle-chain", chain.utf8.count, Limit.chainBytes)
    try BundleHead.check("bundle-key", sealedKey.count, Limit.sealedKeyBytes)
  }

  var encoded: [UInt8] {
    var out = ByteWriter()
    out.write(bytes: BundleHead.magic)
    out.write(byte: format)
    for part in [signed, signature.bytes, Array(chain.utf8), sealedKey] {
      out.write(bigEndian: UInt32(part.count))
      out.write(bytes: part)
    }
    return out.bytes
  }

  // MARK: reading

  /// - Throws: `BundleFault`; nothing behind the head is read.
  init(from file: InputFile) throws {
    guard try file.read(BundleHead.magic.count) == BundleHead.magic, let format = try file.read(1).first
    else { throw BundleFault.notABundle }
    guard BundleHead.formats.contains(format) else {
      throw format < BundleHead.formats.lowerBound
        ? BundleFault.olderFormat(format) : BundleFault.newerFormat(format)
    }
    self.format = format
    signed = try BundleHead.part("bundle-manifest", Limit.manifestBytes, of: file)
    manifest = try BundleManifest(encoded: signed)
    // Of a part of any other length it is known what it is not.
    let signature = try BundleHead.part("bundle-signature", Signature.byteCount, of: file)
    guard let signature = Signature(signature) else { throw BundleFault.altered }
    self.signature = signature
    chain = String(decoding: try BundleHead.part("bundle-chain", Limit.chainBytes, of: file), as: UTF8.self)
    sealedKey = try BundleHead.part("bundle-key", Limit.sealedKeyBytes, of: file)
  }

  /// That the key of the maker that it names signed it, for a file of this format. Who that is only a store that knows the
  /// region can tell.
  ///
  /// - Returns: the maker's chain, its own certificate first.
  /// - Throws: `BundleFault.altered`.
  func requireSigned() throws -> [Certificate] {
    let chain: [Certificate]
    do throws(TrustError) {
      chain = try Certificate.all(pem: self.chain)
    } catch {
      throw BundleFault.altered
    }
    // One spelling, as everywhere: text beside the certificates would be nobody's word.
    guard try chain.map({ try $0.pem }).joined() == self.chain, let leaf = chain.first,
      leaf.nodeID == manifest.maker, leaf.publicKey.verify(signature, over: signed),
      [0, UInt64(format)].contains(manifest.format)
    else { throw BundleFault.altered }
    return chain
  }

  private static func part(_ name: String, _ limit: Int, of file: InputFile) throws -> [UInt8] {
    let prefix = try file.read(4)
    guard prefix.count == 4 else { throw BundleFault.cut }
    let length = prefix.reduce(0) { $0 << 8 | Int($1) }
    try check(name, length, limit)
    let part = try file.read(length)
    guard part.count == length else { throw BundleFault.cut }
    return part
  }

  private static func check(_ name: String, _ value: Int, _ limit: Int) throws(BundleFault) {
    guard value <= limit else { throw .overLimit(name: name, value: value, limit: limit) }
  }
}
