internal import COpenSSL

/// A BIO over memory.
final class MemoryBIO {
  let raw: OpaquePointer

  init() throws(TrustError) { raw = try OpenSSLCall.pointer("BIO_new") { BIO_new(BIO_s_mem()) } }

  /// A BIO to read `text` from.
  convenience init(_ text: String) throws(TrustError) { try self.init(bytes: Array(text.utf8)) }

  /// A BIO to read `bytes` from.
  convenience init(bytes: [UInt8]) throws(TrustError) {
    try self.init()
    var written = 0
    try OpenSSLCall.check("BIO_write_ex") { BIO_write_ex(raw, bytes, bytes.count, &written) }
  }

  deinit { BIO_free(raw) }

  /// What was written and not read yet.
  var bytes: [UInt8] {
    var start: UnsafeMutablePointer<CChar>?
    let count = taizhang_bio_mem_data(raw, &start)
    guard let start, count > 0 else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Answers OpenSSL's question for a passphrase with none. Without it, an encrypted PEM block in a bundle or
/// a peer's file would make the program stop and ask on the terminal.
func noPassphrase(
  _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?
) -> Int32 { -1 }
