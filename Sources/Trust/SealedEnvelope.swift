internal import COpenSSL
internal import Ledger

/// A content key sealed to certificates (CMS AuthEnvelopedData, RFC 5083), so that only their keys open it:
/// ECDH with a fresh key a recipient, KDF over SHA-256, AES-256 key wrap, AES-256-GCM.
public enum SealedEnvelope {
  public static let keyByteCount = 32

  /// - Parameters:
  ///   - key: 32 bytes.
  ///   - recipients: at least one.
  /// - Returns: DER.
  public static func seal(_ key: [UInt8], to recipients: [Certificate]) throws(TrustError) -> [UInt8] {
    precondition(key.count == keyByteCount, "a content key of \(key.count) bytes")
    precondition(!recipients.isEmpty, "sealed to nobody")
    let flags = UInt32(CMS_BINARY | CMS_PARTIAL)
    let cms = try Owned("CMS_encrypt", free: CMS_ContentInfo_free) {
      CMS_encrypt(nil, nil, Algorithms.aes256GCM, flags)
    }
    for recipient in recipients { try add(recipient, to: cms) }
    let input = try MemoryBIO(bytes: key)
    try OpenSSLCall.check("CMS_final") { CMS_final(cms.raw, input.raw, nil, flags) }
    let output = try MemoryBIO()
    try OpenSSLCall.check("i2d_CMS") { i2d_CMS_bio(output.raw, cms.raw) }
    return output.bytes
  }

  private static func add(_ recipient: Certificate, to cms: Owned<OpaquePointer>) throws(TrustError) {
    // Named by its key and not by its certificate: a recipient that has renewed opens it all the same.
    let flags = UInt32(CMS_KEY_PARAM | CMS_USE_KEYID)
    let info = try OpenSSLCall.pointer("CMS_add1_recipient_cert") {
      CMS_add1_recipient_cert(cms.raw, recipient.handle.raw, flags)
    }
    // OpenSSL's default is SHA-1.
    let context = try OpenSSLCall.pointer("recipient's context") { CMS_RecipientInfo_get0_pkey_ctx(info) }
    try OpenSSLCall.check("set_ecdh_kdf_md") { EVP_PKEY_CTX_set_ecdh_kdf_md(context, Algorithms.sha256) }
  }

  /// - Throws: `notForThisRecipient` where it is sealed to other certificates, `altered` where it is no envelope
  ///   or not the one that was sealed.
  public static func open(_ der: [UInt8], certificate: Certificate, key: NodeKey) throws(TrustError)
    -> [UInt8]
  {
    let input = try MemoryBIO(bytes: der)
    let raw = d2i_CMS_bio(input.raw, nil)
    defer { ERR_clear_error() }
    guard let raw else { throw .altered }
    defer { CMS_ContentInfo_free(raw) }
    // Without authentication (EnvelopedData), a flipped bit would show as another key.
    guard input.bytes.isEmpty, OBJ_obj2nid(CMS_get0_type(raw)) == NID_id_smime_ct_authEnvelopedData else {
      throw .altered
    }
    guard taizhang_cms_is_for(raw, certificate.handle.raw) == 1 else { throw .notForThisRecipient }
    let output = try MemoryBIO()
    guard CMS_decrypt(raw, key.handle.raw, certificate.handle.raw, nil, output.raw, 0) == 1 else {
      throw .altered
    }
    let opened = output.bytes
    guard opened.count == keyByteCount else { throw .altered }
    return opened
  }
}
