internal import COpenSSL

/// An EVP_PKEY_CTX that is ready to sign or to verify with one key, and is copied for each time: making it
/// ready looks algorithms up under locks, which costs a fifth of a signature and a fifteenth of a verification.
///
/// `@unchecked Sendable`: it is never used itself, only copied, and a copy changes nothing but atomic counts.
final class OperationContext: @unchecked Sendable {
  private let raw: OpaquePointer

  /// - Parameter start: `EVP_PKEY_sign_init` or `EVP_PKEY_verify_init`.
  init(_ key: KeyHandle, start: (OpaquePointer) -> Int32) throws(TrustError) {
    raw = try OpenSSLCall.pointer("EVP_PKEY_CTX_new") { EVP_PKEY_CTX_new(key.raw, nil) }
    try OpenSSLCall.check("EVP_PKEY operation") { start(raw) }
  }

  deinit { EVP_PKEY_CTX_free(raw) }

  /// - Returns: what `body` gives of a copy that is its own; -1 where none can be made.
  func withCopy(_ body: (OpaquePointer) -> Int32) -> Int32 {
    guard let copy = EVP_PKEY_CTX_dup(raw) else { return -1 }
    defer { EVP_PKEY_CTX_free(copy) }
    return body(copy)
  }
}
