internal import COpenSSL
internal import Ledger

/// A content key sealed to certificates (CMS EnvelopedData, RFC 5652), so that only their keys open it.
public enum SealedEnvelope {
  public static let keyByteCount = 32

  /// - Returns: DER.
  public static func seal(_ key: [UInt8], to recipients: [Certificate]) throws(TrustError) -> [UInt8] {
    let stack = try OpenSSLCall.pointer("stack") { taizhang_x509_stack() }
    defer { taizhang_x509_stack_free(stack) }
    for recipient in recipients { _ = taizhang_x509_push(stack, recipient.handle.raw) }
    let input = try MemoryBIO(bytes: key)
    let flags = UInt32(CMS_BINARY)
    let cms = try OpenSSLCall.pointer("CMS_encrypt") {
      CMS_encrypt(stack, input.raw, EVP_aes_256_cbc(), flags)
    }
    defer { CMS_ContentInfo_free(cms) }
    let output = try MemoryBIO()
    try OpenSSLCall.check("i2d_CMS") { i2d_CMS_bio(output.raw, cms) }
    return output.bytes
  }

  /// - Throws: `notForThisRecipient` where it is sealed to other keys, `altered` where it is no envelope.
  public static func open(_ der: [UInt8], certificate: Certificate, key: NodeKey) throws(TrustError)
    -> [UInt8]
  {
    let input = try MemoryBIO(bytes: der)
    ERR_clear_error()
    guard let cms = d2i_CMS_bio(input.raw, nil) else { throw .altered }
    defer { CMS_ContentInfo_free(cms) }
    let output = try MemoryBIO()
    guard CMS_decrypt(cms, key.handle.raw, certificate.handle.raw, nil, output.raw, 0) == 1 else {
      ERR_clear_error()
      throw .notForThisRecipient
    }
    let opened = output.bytes
    guard opened.count == keyByteCount else { throw .altered }
    return opened
  }
}

/// AES-256-GCM over segments of 64 KiB: the nonce is the segment's number and a mark on the last one (the
/// STREAM construction, Hoang et al. 2015), so that segments cannot be swapped, dropped or cut off.
public struct SegmentCipher: Sendable {
  public static let segmentBytes = 64 << 10
  public static let tagBytes = 16
  private let key: [UInt8]

  public init(key: [UInt8]) {
    precondition(key.count == SealedEnvelope.keyByteCount, "a content key has 32 bytes")
    self.key = key
  }

  /// - Returns: the segment and its tag (16 bytes).
  public func seal(_ segment: [UInt8], index: UInt64, isLast: Bool) throws(TrustError) -> [UInt8] {
    let context = try OpenSSLCall.pointer("EVP_CIPHER_CTX_new") { EVP_CIPHER_CTX_new() }
    defer { EVP_CIPHER_CTX_free(context) }
    try OpenSSLCall.check("init") {
      EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce(index, isLast))
    }
    var out = [UInt8](repeating: 0, count: segment.count + SegmentCipher.tagBytes)
    var count: Int32 = 0
    try OpenSSLCall.check("update") {
      EVP_EncryptUpdate(context, &out, &count, segment, Int32(segment.count))
    }
    var rest: Int32 = 0
    var nothing = [UInt8](repeating: 0, count: 16)
    try OpenSSLCall.check("final") { EVP_EncryptFinal_ex(context, &nothing, &rest) }
    var tag = [UInt8](repeating: 0, count: SegmentCipher.tagBytes)
    try OpenSSLCall.check("tag") { EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, &tag) }
    out.replaceSubrange(segment.count..., with: tag)
    return out
  }

  /// - Throws: `altered` where any bit, the order or the end is not what was sealed.
  public func open(_ sealed: [UInt8], index: UInt64, isLast: Bool) throws(TrustError) -> [UInt8] {
    guard sealed.count >= SegmentCipher.tagBytes else { throw .altered }
    let context = try OpenSSLCall.pointer("EVP_CIPHER_CTX_new") { EVP_CIPHER_CTX_new() }
    defer { EVP_CIPHER_CTX_free(context) }
    try OpenSSLCall.check("init") {
      EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce(index, isLast))
    }
    let body = Array(sealed.dropLast(SegmentCipher.tagBytes))
    var tag = Array(sealed.suffix(SegmentCipher.tagBytes))
    var out = [UInt8](repeating: 0, count: body.count + 16)
    var count: Int32 = 0
    try OpenSSLCall.check("update") { EVP_DecryptUpdate(context, &out, &count, body, Int32(body.count)) }
    try OpenSSLCall.check("tag") { EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, &tag) }
    var rest: Int32 = 0
    var nothing = [UInt8](repeating: 0, count: 16)
    guard EVP_DecryptFinal_ex(context, &nothing, &rest) == 1 else {
      ERR_clear_error()
      throw .altered
    }
    return Array(out.prefix(Int(count)))
  }

  private func nonce(_ index: UInt64, _ isLast: Bool) -> [UInt8] {
    [0, 0, 0] + index.bigEndianBytes + [isLast ? 1 : 0]
  }
}
