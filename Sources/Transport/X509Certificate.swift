import COpenSSL

/// An X.509 certificate of OpenSSL's, freed with its last user.
///
/// `@unchecked Sendable`: the certificate is never changed after it was read; OpenSSL counts references and
/// fills its caches under locks of its own.
final class X509Certificate: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Takes over the caller's reference.
  init(owning pointer: OpaquePointer) {
    self.pointer = pointer
  }

  deinit {
    X509_free(pointer)
  }

  /// Every certificate of a PEM text; empty where there is none or one cannot be read.
  static func all(inPEM pem: String) -> [X509Certificate] {
    withPEM(pem) { bio in
      var certificates: [X509Certificate] = []
      while let pointer = PEM_read_bio_X509(bio, nil, noPassphrase, nil) {
        certificates.append(X509Certificate(owning: pointer))
      }
      // The text ends in "no start line"; anything else is a certificate that could not be read.
      let isEnd = openSSLReason(of: ERR_peek_last_error()) == PEM_R_NO_START_LINE
      return isEnd ? certificates : []
    }
  }

  func equals(_ other: X509Certificate) -> Bool {
    X509_cmp(pointer, other.pointer) == 0
  }

  static func der(of certificate: OpaquePointer) -> [UInt8]? {
    let count = i2d_X509(certificate, nil)
    guard count > 0 else { return nil }
    var written: CInt = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
      var cursor = buffer.baseAddress
      written = i2d_X509(certificate, &cursor)
      initialized = written == count ? Int(count) : 0
    }
    return written == count ? bytes : nil
  }
}
