/// Why an identity cannot be used for TLS.
public enum TLSContextError: Error, Hashable, Sendable {
  case unreadableCertificate([OpenSSLError])
  case unreadableKey([OpenSSLError])
  case unreadableAuthority([OpenSSLError])
  /// The key is not the one that the certificate was made for.
  case keyDoesNotFit([OpenSSLError])
  /// A fingerprint is the SHA-256 of a certificate: 32 bytes.
  case badFingerprint(count: Int)
  /// OpenSSL failed by itself.
  case openSSL([OpenSSLError])
}
