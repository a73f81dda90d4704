internal import COpenSSL

/// What EVP works with, fetched once: a fetch a call would cost more than hashing a head.
///
/// `nonisolated(unsafe)`: fetched algorithms are never changed, and OpenSSL counts their references
/// atomically. They are missing only where OpenSSL itself cannot be loaded.
enum Algorithms {
  nonisolated(unsafe) static let sha256: OpaquePointer = EVP_MD_fetch(nil, "SHA256", nil)
  nonisolated(unsafe) static let aes256GCM: OpaquePointer = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
}
