internal import COpenSSL

/// An EVP_PKEY.
///
/// `@unchecked Sendable`: the key is never changed after it was made, and OpenSSL counts its references
/// atomically.
final class KeyHandle: @unchecked Sendable {
  let raw: OpaquePointer
  init(owning raw: OpaquePointer) { self.raw = raw }
  deinit { EVP_PKEY_free(raw) }

  /// DER SubjectPublicKeyInfo.
  var spki: [UInt8] {
    var out: UnsafeMutablePointer<UInt8>?
    let count = i2d_PUBKEY(raw, &out)
    guard count > 0, let out else { return [] }
    defer { CRYPTO_free(out, "", 0) }
    return Array(UnsafeBufferPointer(start: out, count: Int(count)))
  }

  var isP256: Bool {
    var name = [CChar](repeating: 0, count: 32)
    var length = 0
    guard EVP_PKEY_get_group_name(raw, &name, name.count, &length) == 1 else { return false }
    return String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self) == "prime256v1"
  }
}

/// SHA-256 as EVP wants it, fetched once: a fetch a call would cost more than the signature's hash.
enum Digests {
  nonisolated(unsafe) static let sha256: OpaquePointer = EVP_MD_fetch(nil, "SHA256", nil)
}
