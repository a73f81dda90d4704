internal import COpenSSL
public import Ledger

/// A node's public key, parsed once.
public struct PublicKey: Sendable, Hashable {
  private let handle: KeyHandle
  private let verifying: OperationContext
  /// DER SubjectPublicKeyInfo.
  public let spki: [UInt8]
  public let nodeID: NodeID

  /// What stands before the 64 bytes of the point: id-ecPublicKey, prime256v1, uncompressed.
  ///
  /// Other spellings of the same key (a compressed point, the curve written out) are refused: a key must not
  /// have two NodeIDs.
  private static let p256Prefix: [UInt8] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48,
    0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
  ]

  /// - Throws: `badKey` unless `spki` is a P-256 key, uncompressed, and its point is on the curve.
  public init(spki: [UInt8]) throws(TrustError) {
    let raw = spki.withUnsafeBufferPointer { buffer -> OpaquePointer? in
      var start = buffer.baseAddress
      return d2i_PUBKEY(nil, &start, buffer.count)
    }
    ERR_clear_error()
    guard let raw else { throw .badKey }
    try self.init(KeyHandle(owning: raw), spki: spki)
  }

  /// A key that OpenSSL has read already: reading its point a second time would double the cost of a
  /// certificate.
  ///
  /// - Parameter spki: the bytes that it was read from.
  init(_ handle: KeyHandle, spki: [UInt8]) throws(TrustError) {
    let prefix = PublicKey.p256Prefix
    guard spki.count == prefix.count + 64, spki.starts(with: prefix) else { throw .badKey }
    self.handle = handle
    verifying = try OperationContext(handle) { EVP_PKEY_verify_init($0) }
    self.spki = spki
    nodeID = NodeID(Hash256(hashing: spki))
  }

  var raw: OpaquePointer { handle.raw }

  /// Whether this key signed `message` (ECDSA over its SHA-256). What is no signature at all is false too.
  public func verify(_ signature: Signature, over message: [UInt8]) -> Bool {
    let der = signature.der
    let digest = Hash256(hashing: message).bytes
    let isGood = verifying.withCopy { EVP_PKEY_verify($0, der, der.count, digest, digest.count) } == 1
    if !isGood { ERR_clear_error() }
    return isGood
  }

  public static func == (a: PublicKey, b: PublicKey) -> Bool { a.spki == b.spki }
  public func hash(into hasher: inout Hasher) { hasher.combine(nodeID) }
}
