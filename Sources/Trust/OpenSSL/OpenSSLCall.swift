internal import COpenSSL

/// Runs one OpenSSL call with an empty error queue, and takes the whole queue along when it fails.
enum OpenSSLCall {
  static func pointer<T>(_ name: String, _ body: () -> T?) throws(TrustError) -> T {
    ERR_clear_error()
    guard let result = body() else { throw .openSSL(during: name, stack: errors()) }
    return result
  }

  static func check(_ name: String, _ body: () -> Int32) throws(TrustError) {
    ERR_clear_error()
    guard body() > 0 else { throw .openSSL(during: name, stack: errors()) }
  }

  static func errors() -> [String] {
    var found: [String] = []
    while case let code = ERR_get_error(), code != 0 {
      var text = [CChar](repeating: 0, count: 256)
      ERR_error_string_n(code, &text, text.count)
      found.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return found
  }
}

/// A BIO over memory.
final class MemoryBIO {
  let raw: OpaquePointer

  init() throws(TrustError) { raw = try OpenSSLCall.pointer("BIO_new") { BIO_new(BIO_s_mem()) } }

  convenience init(_ text: String) throws(TrustError) { try self.init(bytes: Array(text.utf8)) }

  convenience init(bytes: [UInt8]) throws(TrustError) {
    try self.init()
    guard BIO_write(raw, bytes, Int32(bytes.count)) == bytes.count || bytes.isEmpty else { throw .badKey }
  }

  deinit { BIO_free(raw) }

  var bytes: [UInt8] {
    var start: UnsafeMutablePointer<CChar>?
    let count = taizhang_bio_mem_data(raw, &start)
    guard let start, count > 0 else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}
