internal import COpenSSL
public import Ledger

/// A PKCS#10 request: an office asks for a certificate, and shows that it holds the key.
public struct CertificateRequest: Sendable {
  public let publicKey: PublicKey
  public let officeName: String
  public let division: DivisionCode
  public let pem: String

  /// A request signed with the node's key.
  public init(key: NodeKey, officeName: String, division: DivisionCode) throws(TrustError) {
    let request = try OpenSSLCall.pointer("X509_REQ_new") { X509_REQ_new() }
    defer { X509_REQ_free(request) }
    try OpenSSLCall.check("version") { X509_REQ_set_version(request, 0) }
    let name = try OpenSSLCall.pointer("subject") { X509_REQ_get_subject_name(request) }
    for (field, text) in [("CN", String(officeName.prefix(64))), ("OU", division.description)] {
      let bytes = Array(text.utf8)
      try OpenSSLCall.check("name entry") {
        X509_NAME_add_entry_by_txt(name, field, 0x1000, bytes, Int32(bytes.count), -1, 0)
      }
    }
    try OpenSSLCall.check("key") { X509_REQ_set_pubkey(request, key.handle.raw) }
    try OpenSSLCall.check("sign") { X509_REQ_sign(request, key.handle.raw, Digests.sha256) }
    let bio = try MemoryBIO()
    try OpenSSLCall.check("PEM_write_X509_REQ") { PEM_write_bio_X509_REQ(bio.raw, request) }
    pem = String(decoding: bio.bytes, as: UTF8.self)
    publicKey = key.publicKey
    self.officeName = officeName
    self.division = division
  }

  /// Reads a request and checks that its signer holds the key.
  public init(pem: String) throws(TrustError) {
    let bio = try MemoryBIO(pem)
    ERR_clear_error()
    guard let request = PEM_read_bio_X509_REQ(bio.raw, nil, nil, nil) else { throw .badRequest }
    defer { X509_REQ_free(request) }
    guard let key = X509_REQ_get0_pubkey(request), X509_REQ_verify(request, key) == 1 else {
      throw .badRequest
    }
    EVP_PKEY_up_ref(key)
    publicKey = try PublicKey(spki: KeyHandle(owning: key).spki)
    guard let name = X509_REQ_get_subject_name(request),
      let office = CertificateRequest.text(name, NID_commonName),
      let code = CertificateRequest.text(name, NID_organizationalUnitName), let division = DivisionCode(code)
    else { throw .badRequest }
    officeName = office
    self.division = division
    self.pem = pem
  }

  private static func text(_ name: OpaquePointer, _ nid: Int32) -> String? {
    let index = X509_NAME_get_index_by_NID(name, nid, -1)
    guard index >= 0, let entry = X509_NAME_get_entry(name, index), let data = X509_NAME_ENTRY_get_data(entry)
    else { return nil }
    var out: UnsafeMutablePointer<UInt8>?
    let count = ASN1_STRING_to_UTF8(&out, data)
    guard count >= 0, let out else { return nil }
    defer { CRYPTO_free(out, "", 0) }
    return String(decoding: UnsafeBufferPointer(start: out, count: Int(count)), as: UTF8.self)
  }
}
