internal import COpenSSL
internal import Ledger

/// AES-256-GCM over segments of 64 KiB: the nonce is the segment's number and a mark on the last one (the
/// STREAM construction, Hoang et al. 2015), so that segments cannot be swapped, dropped or cut off.
///
/// A key seals one sequence of segments, ever: a second one would use its nonces again.
public struct SegmentCipher: Sendable {
  public static let segmentBytes = 64 << 10
  public static let tagBytes = 16
  private let key: [UInt8]

  /// - Parameter key: 32 random bytes, used for nothing else.
  public init(key: [UInt8]) {
    precondition(key.count == SealedEnvelope.keyByteCount, "a content key of \(key.count) bytes")
    self.key = key
  }

  /// - Parameters:
  ///   - segment: at most `segmentBytes`.
  ///   - index: 0 for the first segment.
  /// - Returns: the segment and its tag (16 bytes).
  public func seal(_ segment: [UInt8], index: UInt64, isLast: Bool) throws(TrustError) -> [UInt8] {
    precondition(segment.count <= SegmentCipher.segmentBytes, "a segment of \(segment.count) bytes")
    let context = try Owned("EVP_CIPHER_CTX_new", free: EVP_CIPHER_CTX_free) { EVP_CIPHER_CTX_new() }
    try OpenSSLCall.check("EVP_EncryptInit") {
      EVP_EncryptInit_ex2(context.raw, Algorithms.aes256GCM, key, nonce(index, isLast), nil)
    }
    var out = [UInt8](repeating: 0, count: segment.count + SegmentCipher.tagBytes)
    let tagBytes = Int32(SegmentCipher.tagBytes)
    // GCM is a stream: all is written by the update, and the final step only ends the tag.
    try out.withUnsafeMutableBufferPointer { (out) throws(TrustError) in
      var count: Int32 = 0
      try OpenSSLCall.check("EVP_EncryptUpdate") {
        EVP_EncryptUpdate(context.raw, out.baseAddress, &count, segment, Int32(segment.count))
      }
      let end = out.baseAddress?.advanced(by: segment.count)
      try OpenSSLCall.check("EVP_EncryptFinal") { EVP_EncryptFinal_ex(context.raw, end, &count) }
      try OpenSSLCall.check("tag") { EVP_CIPHER_CTX_ctrl(context.raw, EVP_CTRL_AEAD_GET_TAG, tagBytes, end) }
    }
    return out
  }

  /// - Parameter sealed: what `seal` gave.
  /// - Throws: `altered` where any bit, the order or the end is not what was sealed.
  public func open(_ sealed: [UInt8], index: UInt64, isLast: Bool) throws(TrustError) -> [UInt8] {
    let length = sealed.count - SegmentCipher.tagBytes
    guard length >= 0, length <= SegmentCipher.segmentBytes else { throw .altered }
    let context = try Owned("EVP_CIPHER_CTX_new", free: EVP_CIPHER_CTX_free) { EVP_CIPHER_CTX_new() }
    try OpenSSLCall.check("EVP_DecryptInit") {
      EVP_DecryptInit_ex2(context.raw, Algorithms.aes256GCM, key, nonce(index, isLast), nil)
    }
    var tag = Array(sealed[length...])
    // Room for the tag too, so that the final step always has somewhere to point at.
    var out = [UInt8](repeating: 0, count: sealed.count)
    let isGood = out.withUnsafeMutableBufferPointer { out in
      var count: Int32 = 0
      return EVP_DecryptUpdate(context.raw, out.baseAddress, &count, sealed, Int32(length)) == 1
        && EVP_CIPHER_CTX_ctrl(context.raw, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1
        && EVP_DecryptFinal_ex(context.raw, out.baseAddress?.advanced(by: length), &count) == 1
    }
    guard isGood else {
      ERR_clear_error()
      throw .altered
    }
    out.removeLast(SegmentCipher.tagBytes)
    return out
  }

  /// Twelve bytes: zeros (3), the number (8, big-endian), 1 for the last segment.
  private func nonce(_ index: UInt64, _ isLast: Bool) -> [UInt8] {
    [0, 0, 0] + index.bigEndianBytes + [isLast ? 1 : 0]
  }
}
