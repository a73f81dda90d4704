internal import COpenSSL
public import Ledger

/// A node's private P-256 key: it signs heads and receipts, speaks TLS and opens sealed bundles.
public struct NodeKey: Sendable {
  let handle: KeyHandle
  public let publicKey: PublicKey

  /// A new key, from OpenSSL's random source.
  public static func generate() throws(TrustError) -> NodeKey {
    let raw = try OpenSSLCall.pointer("EVP_EC_gen") { taizhang_generate_p256() }
    return try NodeKey(KeyHandle(owning: raw))
  }

  /// - Parameter pem: PKCS#8 (or SEC 1) PEM of a P-256 key.
  public init(pem: String) throws(TrustError) {
    let bio = try MemoryBIO(pem)
    ERR_clear_error()
    guard let raw = PEM_read_bio_PrivateKey(bio.raw, nil, nil, nil) else { throw .badKey }
    try self.init(KeyHandle(owning: raw))
  }

  private init(_ handle: KeyHandle) throws(TrustError) {
    guard handle.isP256 else { throw .badKey }
    self.handle = handle
    publicKey = try PublicKey(spki: handle.spki)
  }

  public var nodeID: NodeID { publicKey.nodeID }

  /// PKCS#8 PEM, not encrypted: the file's mode protects it.
  public var pem: String {
    get throws(TrustError) {
      let bio = try MemoryBIO()
      try OpenSSLCall.check("PEM_write") {
        PEM_write_bio_PKCS8PrivateKey(bio.raw, handle.raw, nil, nil, 0, nil, nil)
      }
      return String(decoding: bio.bytes, as: UTF8.self)
    }
  }

  /// ECDSA over SHA-256 of `message`.
  public func sign(_ message: [UInt8]) throws(TrustError) -> Signature {
    let context = try OpenSSLCall.pointer("EVP_MD_CTX_new") { EVP_MD_CTX_new() }
    defer { EVP_MD_CTX_free(context) }
    try OpenSSLCall.check("DigestSignInit") {
      EVP_DigestSignInit(context, nil, Digests.sha256, nil, handle.raw)
    }
    var der = [UInt8](repeating: 0, count: 80)
    var count = der.count
    try OpenSSLCall.check("DigestSign") { EVP_DigestSign(context, &der, &count, message, message.count) }
    guard let signature = Signature(der: der[..<count]) else { throw .badKey }
    return signature
  }
}

/// A node's public key, parsed once.
public struct PublicKey: Sendable, Hashable {
  private let handle: KeyHandle
  /// DER SubjectPublicKeyInfo.
  public let spki: [UInt8]
  public let nodeID: NodeID

  /// - Throws: `badKey` unless `spki` is a P-256 key.
  public init(spki: [UInt8]) throws(TrustError) {
    ERR_clear_error()
    let raw = spki.withUnsafeBufferPointer { buffer -> OpaquePointer? in
      var start = buffer.baseAddress
      return d2i_PUBKEY(nil, &start, buffer.count)
    }
    guard let raw else { throw .badKey }
    handle = KeyHandle(owning: raw)
    guard handle.isP256 else { throw .badKey }
    self.spki = spki
    nodeID = NodeID(Hash256(hashing: spki))
  }

  public static func == (a: PublicKey, b: PublicKey) -> Bool { a.spki == b.spki }
  public func hash(into hasher: inout Hasher) { hasher.combine(spki) }

  var raw: OpaquePointer { handle.raw }

  public func verify(_ signature: Signature, over message: [UInt8]) -> Bool {
    guard let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    ERR_clear_error()
    guard EVP_DigestVerifyInit(context, nil, Digests.sha256, nil, handle.raw) == 1 else { return false }
    let der = signature.der
    return EVP_DigestVerify(context, der, der.count, message, message.count) == 1
  }
}

extension Signature {
  /// The DER form that OpenSSL speaks: SEQUENCE of two INTEGERs.
  var der: [UInt8] {
    let parts = [Array(bytes[..<32]), Array(bytes[32...])].map { part -> [UInt8] in
      var digits = Array(part.drop { $0 == 0 })
      if digits.isEmpty || digits[0] >= 0x80 { digits.insert(0, at: 0) }
      return [2, UInt8(digits.count)] + digits
    }
    return [0x30, UInt8(parts[0].count + parts[1].count)] + parts[0] + parts[1]
  }

  init?(der: some Collection<UInt8>) {
    let der = Array(der)
    guard der.count > 8, der[0] == 0x30, Int(der[1]) == der.count - 2 else { return nil }
    var at = 2
    var raw: [UInt8] = []
    for _ in 0..<2 {
      guard at + 2 <= der.count, der[at] == 2, at + 2 + Int(der[at + 1]) <= der.count else { return nil }
      let digits = der[(at + 2)..<(at + 2 + Int(der[at + 1]))].drop { $0 == 0 }
      guard digits.count <= 32 else { return nil }
      raw += [UInt8](repeating: 0, count: 32 - digits.count) + digits
      at += 2 + Int(der[at + 1])
    }
    self.init(raw)
  }
}
