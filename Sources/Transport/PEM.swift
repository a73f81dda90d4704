import COpenSSL

/// Without this OpenSSL would ask the terminal for the passphrase of an encrypted key, in the middle of a
/// program that serves.
let noPassphrase:
  @convention(c) (
    UnsafeMutablePointer<CChar>?, CInt, CInt, UnsafeMutableRawPointer?
  ) -> CInt = { _, _, _, _ in -1 }

func openSSLReason(of code: UInt) -> CInt {
  CInt(truncatingIfNeeded: code & UInt(ERR_REASON_MASK))
}

func withPEM<Result>(_ pem: String, _ body: (OpaquePointer?) -> Result) -> Result {
  ERR_clear_error()
  var pem = pem
  return pem.withUTF8 { text in
    let bio = BIO_new_mem_buf(text.baseAddress, CInt(clamping: text.count))
    defer { BIO_free(bio) }
    return body(bio)
  }
}
