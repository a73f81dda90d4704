internal import COpenSSL
public import Ledger

/// A PKCS#10 request: an office asks for a certificate, and shows that it holds the key.
///
/// The subject says name and division for stock tools; the whole name, which a subject may have to cut, is in
/// an attribute of our own.
public struct CertificateRequest: Sendable {
  public let publicKey: PublicKey
  public let officeName: String
  public let division: DivisionCode
  public let pem: String

  /// Beside the certificates' extension, in the same arc: the office's whole name, UTF-8.
  private static let nameOID = "2.25.329800735698586629295641978511506172918.2"

  /// A request signed with the node's key.
  public init(key: NodeKey, officeName: String, division: DivisionCode) throws(TrustError) {
    let request = try Owned("X509_REQ_new", free: X509_REQ_free) { X509_REQ_new() }
    try OpenSSLCall.check("X509_REQ_set_version") { X509_REQ_set_version(request.raw, 0) }
    let subject = try OpenSSLCall.pointer("subject") { X509_REQ_get_subject_name(request.raw) }
    try DistinguishedName(raw: subject).add(commonName: officeName, unit: division.description)
    try OpenSSLCall.check("X509_REQ_set_pubkey") { X509_REQ_set_pubkey(request.raw, key.handle.raw) }
    let name = Array(officeName.utf8)
    try OpenSSLCall.check("attribute") {
      X509_REQ_add1_attr_by_txt(
        request.raw, CertificateRequest.nameOID, V_ASN1_OCTET_STRING, name, Int32(name.count))
    }
    try OpenSSLCall.check("X509_REQ_sign") {
      X509_REQ_sign(request.raw, key.handle.raw, Algorithms.sha256)
    }
    let bio = try MemoryBIO()
    try OpenSSLCall.check("PEM_write_X509_REQ") { PEM_write_bio_X509_REQ(bio.raw, request.raw) }
    pem = bio.text
    publicKey = key.publicKey
    self.officeName = officeName
    self.division = division
  }

  /// Reads a request and checks that its signer holds the key.
  ///
  /// - Throws: `badRequest`; `badKey` where the key is not P-256.
  public init(pem: String) throws(TrustError) {
    let bio = try MemoryBIO(pem)
    let raw = PEM_read_bio_X509_REQ(bio.raw, nil, noPassphrase, nil)
    defer { ERR_clear_error() }
    guard let raw else { throw .badRequest }
    defer { X509_REQ_free(raw) }
    guard let key = X509_REQ_get0_pubkey(raw), X509_REQ_verify(raw, key) == 1,
      let subject = X509_REQ_get_subject_name(raw)
    else { throw .badRequest }
    let handle = KeyHandle(sharing: key)
    publicKey = try PublicKey(
      handle, spki: OpenSSLCall.der { i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(raw), $0) })
    let name = DistinguishedName(raw: subject)
    guard let office = CertificateRequest.wholeName(raw) ?? name.commonName, !office.isEmpty,
      let division = name.unit.flatMap({ DivisionCode($0) })
    else { throw .badRequest }
    officeName = office
    self.division = division
    self.pem = pem
  }

  /// nil in a request that a stock tool made.
  private static func wholeName(_ request: OpaquePointer) -> String? {
    guard let oid = OBJ_txt2obj(nameOID, 1) else { return nil }
    defer { ASN1_OBJECT_free(oid) }
    let index = X509_REQ_get_attr_by_OBJ(request, oid, -1)
    guard index >= 0, let attribute = X509_REQ_get_attr(request, index),
      let data = X509_ATTRIBUTE_get0_data(attribute, 0, V_ASN1_OCTET_STRING, nil)
    else { return nil }
    let string = data.assumingMemoryBound(to: ASN1_STRING.self)
    guard let start = ASN1_STRING_get0_data(string) else { return nil }
    let bytes = UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(string)))
    return String(validating: bytes, as: UTF8.self)
  }
}
