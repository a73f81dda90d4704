import COpenSSL

/// A private key of OpenSSL's, freed with its last user.
final class PrivateKey {
  let pointer: OpaquePointer

  init?(pem: String) {
    guard let pointer = withPEM(pem, { PEM_read_bio_PrivateKey($0, nil, noPassphrase, nil) }) else {
      return nil
    }
    self.pointer = pointer
  }

  deinit {
    EVP_PKEY_free(pointer)
  }
}
