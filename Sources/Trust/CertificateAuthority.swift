internal import COpenSSL
internal import Ledger

/// Who signs certificates: the region with its CA's key, or an office with the right to enrol with its own.
public struct CertificateAuthority: Sendable {
  public let certificate: Certificate
  let key: NodeKey

  public init(certificate: Certificate, key: NodeKey) {
    self.certificate = certificate
    self.key = key
  }

  /// The region's own CA: a self-signed certificate, good for 20 years.
  ///
  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - serial: 16 random bytes.
  public static func make(name: String, key: NodeKey, now: Int64, serial: [UInt8]) throws(TrustError)
    -> CertificateAuthority
  {
    let template = CertificateTemplate(
      subject: name, unit: nil, key: key.publicKey, from: now - 86_400, to: now + 20 * 366 * 86_400,
      serial: serial, isAuthority: true, pathLength: 2, office: nil)
    return CertificateAuthority(certificate: try template.sign(by: nil, key: key), key: key)
  }

  /// Certifies an office's node.
  ///
  /// - Parameters:
  ///   - from: seconds since 1970, as is `to`.
  ///   - serial: 16 random bytes.
  /// - Throws: `beyondIssuer` where the office gets more than the issuer may give, `mayNotEnrol` where the
  ///   issuer has not the right.
  public func issue(
    _ office: Office, key subject: PublicKey, from: Int64, to: Int64, serial: [UInt8]
  ) throws(TrustError) -> Certificate {
    if let issuer = certificate.office {
      guard issuer.rights.contains(.enrol) else { throw .mayNotEnrol(office: issuer.name) }
      guard office.scope.isWithin(issuer.scope), issuer.rights.isSuperset(of: office.rights) else {
        throw .beyondIssuer(office: office.name)
      }
    }
    let mayEnrol = office.rights.contains(.enrol)
    let template = CertificateTemplate(
      subject: office.name, unit: office.scope.division.description, key: subject, from: from, to: to,
      serial: serial, isAuthority: mayEnrol, pathLength: mayEnrol ? 0 : nil, office: office)
    return try template.sign(by: certificate, key: key)
  }
}

/// The fields of a certificate that is about to be signed.
private struct CertificateTemplate {
  let subject: String
  let unit: String?
  let key: PublicKey
  let from: Int64
  let to: Int64
  let serial: [UInt8]
  let isAuthority: Bool
  let pathLength: Int?
  let office: Office?

  func sign(by issuer: Certificate?, key signer: NodeKey) throws(TrustError) -> Certificate {
    let x509 = CertificateHandle(owning: try OpenSSLCall.pointer("X509_new") { X509_new() })
    try OpenSSLCall.check("set version") { X509_set_version(x509.raw, 2) }
    // A positive serial of 16 bytes.
    let number = [serial[0] & 0x7f | 0x40] + serial.dropFirst()
    let big = try OpenSSLCall.pointer("BN_bin2bn") { BN_bin2bn(number, Int32(number.count), nil) }
    defer { BN_free(big) }
    _ = try OpenSSLCall.pointer("serial") { BN_to_ASN1_INTEGER(big, X509_get_serialNumber(x509.raw)) }
    guard ASN1_TIME_set(X509_getm_notBefore(x509.raw), Int(from)) != nil,
      ASN1_TIME_set(X509_getm_notAfter(x509.raw), Int(to)) != nil
    else { throw .badCertificate }
    try OpenSSLCall.check("set key") { X509_set_pubkey(x509.raw, key.raw) }
    let name = try OpenSSLCall.pointer("subject") { X509_get_subject_name(x509.raw) }
    // X.520 bounds a common name at 64 characters; the full one stands in the office's extension.
    try add(String(subject.prefix(64)), "CN", to: name)
    if let unit { try add(unit, "OU", to: name) }
    let issuerName = issuer.map { X509_get_subject_name($0.handle.raw) } ?? name
    try OpenSSLCall.check("set issuer") { X509_set_issuer_name(x509.raw, issuerName) }
    try addExtensions(to: x509, issuer: issuer)
    try OpenSSLCall.check("X509_sign") { X509_sign(x509.raw, signer.handle.raw, Digests.sha256) }
    return try Certificate(der: x509.der)
  }

  private func add(_ text: String, _ field: String, to name: OpaquePointer) throws(TrustError) {
    let bytes = Array(text.utf8)
    try OpenSSLCall.check("name entry") {
      X509_NAME_add_entry_by_txt(name, field, mbstringUTF8, bytes, Int32(bytes.count), -1, 0)
    }
  }

  private func addExtensions(to x509: CertificateHandle, issuer: Certificate?) throws(TrustError) {
    let issuerRaw = issuer?.handle.raw ?? x509.raw
    var extensions: [(Int32, String)] = []
    let path = pathLength.map { ",pathlen:\($0)" } ?? ""
    extensions.append((NID_basic_constraints, isAuthority ? "critical,CA:TRUE\(path)" : "critical,CA:FALSE"))
    var usages = office == nil ? [] : ["digitalSignature", "keyAgreement"]
    if isAuthority { usages += ["keyCertSign", "cRLSign"] }
    extensions.append((NID_key_usage, "critical," + usages.joined(separator: ",")))
    if office != nil { extensions.append((NID_ext_key_usage, "serverAuth,clientAuth")) }
    extensions.append((NID_subject_key_identifier, "hash"))
    if issuer != nil { extensions.append((NID_authority_key_identifier, "keyid:always")) }
    for (nid, value) in extensions {
      try OpenSSLCall.check("extension \(nid)") { taizhang_add_extension(x509.raw, nid, value, issuerRaw) }
    }
    guard let payload = office?.encoded else { return }
    let oid = try OpenSSLCall.pointer("OID") { OBJ_txt2obj(Certificate.extensionOID, 1) }
    defer { ASN1_OBJECT_free(oid) }
    let octets = try OpenSSLCall.pointer("octets") { ASN1_OCTET_STRING_new() }
    defer { ASN1_OCTET_STRING_free(octets) }
    try OpenSSLCall.check("octets") { ASN1_OCTET_STRING_set(octets, payload, Int32(payload.count)) }
    let own = try OpenSSLCall.pointer("extension") { X509_EXTENSION_create_by_OBJ(nil, oid, 0, octets) }
    defer { X509_EXTENSION_free(own) }
    try OpenSSLCall.check("add extension") { X509_add_ext(x509.raw, own, -1) }
  }
}

/// OpenSSL's MBSTRING_UTF8; the macro does not import.
private let mbstringUTF8: Int32 = 0x1000
