internal import COpenSSL

/// An EVP_PKEY.
///
/// `@unchecked Sendable`: the key is never changed after it was made, and OpenSSL counts its references
/// atomically.
final class KeyHandle: @unchecked Sendable {
  let raw: OpaquePointer

  init(owning raw: OpaquePointer) { self.raw = raw }

  /// Shares a key that something else owns.
  init(sharing raw: OpaquePointer) {
    EVP_PKEY_up_ref(raw)
    self.raw = raw
  }

  deinit { EVP_PKEY_free(raw) }

  /// DER SubjectPublicKeyInfo.
  var spki: [UInt8] { OpenSSLCall.der { i2d_PUBKEY(raw, $0) } }
}
