internal import COpenSSL

/// An X509.
///
/// `@unchecked Sendable`: it is not changed once it was made (what OpenSSL works out and keeps in it stands
/// under a lock of its own).
final class CertificateHandle: @unchecked Sendable {
  let raw: OpaquePointer

  init(owning raw: OpaquePointer) { self.raw = raw }

  deinit { X509_free(raw) }

  var der: [UInt8] { OpenSSLCall.der { i2d_X509(raw, $0) } }

  /// DER SubjectPublicKeyInfo, as it stands in the certificate.
  var spki: [UInt8] { OpenSSLCall.der { i2d_X509_PUBKEY(X509_get_X509_PUBKEY(raw), $0) } }

  /// Seconds since 1970; nil where the certificate holds no date.
  var notBefore: Int64? { seconds(X509_get0_notBefore(raw)) }
  var notAfter: Int64? { seconds(X509_get0_notAfter(raw)) }

  private func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
    var days: Int32 = 0
    var seconds: Int32 = 0
    guard let epoch = ASN1_TIME_set(nil, 0) else { return nil }
    defer { ASN1_TIME_free(epoch) }
    guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
    return Int64(days) * 86_400 + Int64(seconds)
  }

  var keyID: [UInt8]? { bytes(X509_get0_subject_key_id(raw)) }
  var issuerKeyID: [UInt8]? { bytes(X509_get0_authority_key_id(raw)) }

  /// What X.509 calls the key's identifier: SHA-1 of the bits of the subject's key.
  var keyDigest: [UInt8]? {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    guard X509_pubkey_digest(raw, EVP_sha1(), &digest, &count) == 1 else { return nil }
    return Array(digest.prefix(Int(count)))
  }

  /// The content of the extension with that object identifier.
  func content(ofExtension text: String) -> [UInt8]? {
    guard let oid = OBJ_txt2obj(text, 1) else { return nil }
    defer { ASN1_OBJECT_free(oid) }
    let index = X509_get_ext_by_OBJ(raw, oid, -1)
    guard index >= 0, let found = X509_get_ext(raw, index) else { return nil }
    return bytes(UnsafePointer(X509_EXTENSION_get_data(found)))
  }

  private func bytes(_ string: UnsafePointer<ASN1_STRING>?) -> [UInt8]? {
    guard let string, let start = ASN1_STRING_get0_data(string) else { return nil }
    return Array(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(string))))
  }
}
