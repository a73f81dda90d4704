internal import COpenSSL
internal import Ledger

/// The fields of a certificate that is about to be signed. Nothing is checked here: see
/// `CertificateAuthority.issue`.
struct CertificateTemplate {
  static let serialByteCount = 16

  var subject: String
  var key: PublicKey
  /// Seconds since 1970, as is `to`.
  var from: Int64
  var to: Int64
  var serial: [UInt8]
  /// How many certificates that sign may stand below it, where it may sign at all.
  var pathLength: Int?
  var office: Office?

  /// - Parameter issuer: nil for a certificate that signs itself.
  func sign(by issuer: Certificate?, key signer: NodeKey) throws(TrustError) -> Certificate {
    precondition(serial.count == CertificateTemplate.serialByteCount, "\(serial.count) bytes of serial")
    let x509 = CertificateHandle(owning: try OpenSSLCall.pointer("X509_new") { X509_new() })
    try OpenSSLCall.check("X509_set_version") { X509_set_version(x509.raw, 2) }
    try setSerial(of: x509)
    try OpenSSLCall.check("dates") {
      ASN1_TIME_set(X509_getm_notBefore(x509.raw), Int(from)) != nil
        && ASN1_TIME_set(X509_getm_notAfter(x509.raw), Int(to)) != nil ? 1 : 0
    }
    try OpenSSLCall.check("X509_set_pubkey") { X509_set_pubkey(x509.raw, key.raw) }
    let name = DistinguishedName(raw: try OpenSSLCall.pointer("subject") { X509_get_subject_name(x509.raw) })
    try name.add(commonName: subject, unit: office?.scope.division.description)
    try OpenSSLCall.check("X509_set_issuer_name") {
      X509_set_issuer_name(x509.raw, issuer.map { X509_get_subject_name($0.handle.raw) } ?? name.raw)
    }
    try addExtensions(to: x509, issuer: issuer)
    try OpenSSLCall.check("X509_sign") { X509_sign(x509.raw, signer.handle.raw, Algorithms.sha256) }
    return try Certificate(der: x509.der)
  }

  private func setSerial(of x509: CertificateHandle) throws(TrustError) {
    // RFC 5280 wants a positive number of at most 20 bytes; the set bit keeps its length.
    let digits = [serial[0] & 0x7f | 0x40] + serial.dropFirst()
    let number = try Owned("BN_bin2bn", free: BN_free) { BN_bin2bn(digits, Int32(digits.count), nil) }
    _ = try OpenSSLCall.pointer("serial") { BN_to_ASN1_INTEGER(number.raw, X509_get_serialNumber(x509.raw)) }
  }

  private func addExtensions(to x509: CertificateHandle, issuer: Certificate?) throws(TrustError) {
    let constraints = pathLength.map { "critical,CA:TRUE,pathlen:\($0)" } ?? "critical,CA:FALSE"
    var usages = office == nil ? [] : ["digitalSignature", "keyAgreement"]
    if pathLength != nil { usages += ["keyCertSign", "cRLSign"] }
    var extensions = [
      (NID_basic_constraints, constraints), (NID_key_usage, "critical," + usages.joined(separator: ",")),
      (NID_subject_key_identifier, "hash"),
    ]
    if office != nil { extensions.append((NID_ext_key_usage, "serverAuth,clientAuth")) }
    if issuer != nil { extensions.append((NID_authority_key_identifier, "keyid:always")) }
    let issuerRaw = issuer?.handle.raw ?? x509.raw
    for (nid, value) in extensions {
      try OpenSSLCall.check("extension \(nid)") { taizhang_add_extension(x509.raw, nid, value, issuerRaw) }
    }
    if let office { try addOwnExtension(office.encoded, to: x509) }
  }

  private func addOwnExtension(_ payload: [UInt8], to x509: CertificateHandle) throws(TrustError) {
    let oid = try Owned("OBJ_txt2obj", free: ASN1_OBJECT_free) { OBJ_txt2obj(Certificate.extensionOID, 1) }
    let octets = try Owned("octets", free: ASN1_OCTET_STRING_free) { ASN1_OCTET_STRING_new() }
    try OpenSSLCall.check("octets") { ASN1_OCTET_STRING_set(octets.raw, payload, Int32(payload.count)) }
    let own = try Owned("X509_EXTENSION_create", free: X509_EXTENSION_free) {
      X509_EXTENSION_create_by_OBJ(nil, oid.raw, 0, octets.raw)
    }
    try OpenSSLCall.check("X509_add_ext") { X509_add_ext(x509.raw, own.raw, -1) }
  }
}
