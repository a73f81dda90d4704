internal import COpenSSL

/// The library itself.
public enum OpenSSLLibrary {
  /// What it holds stays until the process is gone. By default it is freed where the process begins to exit, while threads
  /// that still verify a peer's chain go on using it (OPENSSL_init_crypto(3), `OPENSSL_INIT_NO_ATEXIT`). To be called before
  /// anything else of it is used.
  public static func outliveExit() { _ = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) }
}
