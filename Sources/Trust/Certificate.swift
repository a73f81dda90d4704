internal import COpenSSL
public import Ledger

/// An X.509 certificate of this system: the region's CA, or an office's node.
///
/// What is our own stands in one extension that is not critical, so that stock tools verify the chain.
public struct Certificate: Sendable, Hashable {
  let handle: CertificateHandle
  public let der: [UInt8]
  public let fingerprint: Hash256
  public let publicKey: PublicKey
  /// nil for the regional CA itself.
  public let office: Office?
  /// Seconds since 1970.
  public let notAfter: Int64
  public let isAuthority: Bool

  /// The extension's object identifier: an arc of its own under 2.25 (UUID-derived, ITU-T X.667), so that
  /// nobody else's number is used.
  static let extensionOID = "2.25.329800735698586629295641978511506172918.1"

  public init(der: [UInt8]) throws(TrustError) {
    ERR_clear_error()
    let raw = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
      var start = buffer.baseAddress
      return d2i_X509(nil, &start, buffer.count)
    }
    guard let raw else { throw .badCertificate }
    try self.init(CertificateHandle(owning: raw))
  }

  /// The first certificate of a PEM text.
  public init(pem: String) throws(TrustError) {
    guard let first = try Certificate.all(pem: pem).first else { throw .badCertificate }
    self = first
  }

  /// Every certificate of a PEM text, in its order.
  public static func all(pem: String) throws(TrustError) -> [Certificate] {
    let bio = try MemoryBIO(pem)
    var found: [Certificate] = []
    while let raw = PEM_read_bio_X509(bio.raw, nil, nil, nil) {
      found.append(try Certificate(CertificateHandle(owning: raw)))
    }
    ERR_clear_error()
    return found
  }

  init(_ handle: CertificateHandle) throws(TrustError) {
    self.handle = handle
    der = handle.der
    fingerprint = Hash256(hashing: der)
    guard let key = X509_get0_pubkey(handle.raw) else { throw .badCertificate }
    EVP_PKEY_up_ref(key)
    publicKey = try PublicKey(spki: KeyHandle(owning: key).spki)
    isAuthority = X509_check_ca(handle.raw) == 1
    notAfter = handle.notAfter
    guard let payload = handle.ownExtension else {
      office = nil
      return
    }
    guard let office = Office(encoded: payload) else { throw .badCertificate }
    self.office = office
  }

  public var nodeID: NodeID { publicKey.nodeID }

  public var pem: String {
    get throws(TrustError) {
      let bio = try MemoryBIO()
      try OpenSSLCall.check("PEM_write_X509") { PEM_write_bio_X509(bio.raw, handle.raw) }
      return String(decoding: bio.bytes, as: UTF8.self)
    }
  }

  public static func == (a: Certificate, b: Certificate) -> Bool { a.der == b.der }
  public func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}

/// An X509. `@unchecked Sendable`: it is not changed once it was made.
final class CertificateHandle: @unchecked Sendable {
  let raw: OpaquePointer
  init(owning raw: OpaquePointer) { self.raw = raw }
  deinit { X509_free(raw) }

  var der: [UInt8] {
    var out: UnsafeMutablePointer<UInt8>?
    let count = i2d_X509(raw, &out)
    guard count > 0, let out else { return [] }
    defer { CRYPTO_free(out, "", 0) }
    return Array(UnsafeBufferPointer(start: out, count: Int(count)))
  }

  var notAfter: Int64 {
    var days: Int32 = 0
    var seconds: Int32 = 0
    let epoch = ASN1_TIME_set(nil, 0)
    defer { ASN1_TIME_free(epoch) }
    ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(raw))
    return Int64(days) * 86_400 + Int64(seconds)
  }

  var ownExtension: [UInt8]? {
    guard let oid = OBJ_txt2obj(Certificate.extensionOID, 1) else { return nil }
    defer { ASN1_OBJECT_free(oid) }
    let index = X509_get_ext_by_OBJ(raw, oid, -1)
    guard index >= 0, let found = X509_get_ext(raw, index), let data = X509_EXTENSION_get_data(found),
      let start = ASN1_STRING_get0_data(data)
    else { return nil }
    return Array(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(data))))
  }
}
