internal import COpenSSL
public import Ledger

/// A node's private P-256 key: it signs heads and receipts, speaks TLS and opens sealed bundles.
public struct NodeKey: Sendable {
  let handle: KeyHandle
  private let signing: OperationContext
  public let publicKey: PublicKey

  /// A new key, from OpenSSL's random source.
  public static func generate() throws(TrustError) -> NodeKey {
    let raw = try OpenSSLCall.pointer("EVP_EC_gen") { taizhang_generate_p256() }
    return try NodeKey(KeyHandle(owning: raw))
  }

  /// - Parameter pem: PKCS#8 (or SEC 1) PEM of a P-256 key, not encrypted.
  /// - Throws: `badKey` where it is anything else.
  public init(pem: String) throws(TrustError) {
    let bio = try MemoryBIO(pem)
    let raw = PEM_read_bio_PrivateKey(bio.raw, nil, noPassphrase, nil)
    ERR_clear_error()
    guard let raw else { throw .badKey }
    try self.init(KeyHandle(owning: raw))
  }

  private init(_ handle: KeyHandle) throws(TrustError) {
    self.handle = handle
    publicKey = try PublicKey(handle, spki: handle.spki)
    signing = try OperationContext(handle) { EVP_PKEY_sign_init($0) }
  }

  public var nodeID: NodeID { publicKey.nodeID }

  /// PKCS#8 PEM, not encrypted: the file's mode protects it.
  public var pem: String {
    get throws(TrustError) {
      let bio = try MemoryBIO()
      try OpenSSLCall.check("PEM_write_PKCS8PrivateKey") {
        PEM_write_bio_PKCS8PrivateKey(bio.raw, handle.raw, nil, nil, 0, nil, nil)
      }
      return bio.text
    }
  }

  /// ECDSA over SHA-256 of `message`.
  ///
  /// - Returns: r ‖ s.
  public func sign(_ message: [UInt8]) throws(TrustError) -> Signature {
    let digest = Hash256(hashing: message).bytes
    var der = [UInt8](repeating: 0, count: Signature.maxDERCount)
    var count = der.count
    try OpenSSLCall.check("EVP_PKEY_sign") {
      signing.withCopy { EVP_PKEY_sign($0, &der, &count, digest, digest.count) }
    }
    guard let signature = Signature(der: der[..<count]) else { throw .badKey }
    return signature
  }
}
