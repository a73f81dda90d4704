internal import COpenSSL
public import Ledger

/// An X.509 certificate of this system: the region's CA, or an office's node.
///
/// What is our own stands in one extension that is not critical, so that stock tools verify the chain.
public struct Certificate: Sendable, Hashable {
  let handle: CertificateHandle
  public let der: [UInt8]
  /// SHA-256 of `der`.
  public let fingerprint: Hash256
  public let publicKey: PublicKey
  /// The subject's common name, at most 64 code points; the office's whole name is in `office`.
  public let commonName: String
  /// nil for the regional CA itself.
  public let office: Office?
  /// Seconds since 1970, as is `notAfter`.
  public let notBefore: Int64
  public let notAfter: Int64
  /// Whether it may stand above others in a chain.
  public let isAuthority: Bool
  /// The key identifiers of the subject and of the issuer, where the certificate names them.
  public let keyID: [UInt8]?
  public let issuerKeyID: [UInt8]?
  /// Whether the subject's key identifier follows from its key: SHA-1 of the key's bits (RFC 5280 4.2.1.2, method 1).
  let namesOwnKey: Bool

  /// The extension's object identifier: an arc of its own under 2.25 (UUID-derived, ITU-T X.667), so that
  /// nobody else's number is used.
  static let extensionOID = "2.25.329800735698586629295641978511506172918.1"

  /// - Throws: `badCertificate` where `der` is no certificate, has bytes behind it or an own extension that
  ///   cannot be read; `badKey` where its key is not P-256.
  public init(der: [UInt8]) throws(TrustError) {
    let raw = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
      var start = buffer.baseAddress
      return d2i_X509(nil, &start, buffer.count)
    }
    ERR_clear_error()
    guard let raw else { throw .badCertificate }
    try self.init(CertificateHandle(owning: raw))
    // One certificate, one fingerprint: nothing behind it, and no other spelling of its outer parts.
    guard self.der == der else { throw .badCertificate }
  }

  /// The first certificate of a PEM text.
  public init(pem: String) throws(TrustError) {
    guard let first = try Certificate.all(pem: pem).first else { throw .badCertificate }
    self = first
  }

  /// Every certificate of a PEM text, in its order; none where it holds none.
  ///
  /// - Throws: as `init(der:)`, also where a block is cut or damaged.
  public static func all(pem: String) throws(TrustError) -> [Certificate] {
    let bio = try MemoryBIO(pem)
    var found: [Certificate] = []
    ERR_clear_error()
    while let raw = PEM_read_bio_X509(bio.raw, nil, noPassphrase, nil) {
      found.append(try Certificate(CertificateHandle(owning: raw)))
    }
    // The end of the text shows as an error too: no further block begins.
    guard OpenSSLCall.takeErrors(contain: PEM_R_NO_START_LINE, of: ERR_LIB_PEM) else { throw .badCertificate }
    return found
  }

  private init(_ handle: CertificateHandle) throws(TrustError) {
    self.handle = handle
    der = handle.der
    fingerprint = Hash256(hashing: der)
    guard let key = X509_get0_pubkey(handle.raw), let subject = X509_get_subject_name(handle.raw),
      let notBefore = handle.notBefore, let notAfter = handle.notAfter
    else {
      ERR_clear_error()
      throw .badCertificate
    }
    publicKey = try PublicKey(KeyHandle(sharing: key), spki: handle.spki)
    commonName = DistinguishedName(raw: subject).commonName ?? ""
    isAuthority = X509_check_ca(handle.raw) == 1
    self.notBefore = notBefore
    self.notAfter = notAfter
    keyID = handle.keyID
    issuerKeyID = handle.issuerKeyID
    namesOwnKey = keyID != nil && keyID == handle.keyDigest
    ERR_clear_error()
    guard let payload = handle.content(ofExtension: Certificate.extensionOID) else {
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
      return bio.text
    }
  }

  /// Whether its end lies before `seconds` (since 1970). Expiry ends sessions, never history. When it begins is not
  /// judged: that tells of the issuer's clock, and whoever signs a certificate means it to hold from then on.
  public func hasEnded(at seconds: Int64) -> Bool { notAfter < seconds }

  public static func == (a: Certificate, b: Certificate) -> Bool { a.der == b.der }
  public func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}
