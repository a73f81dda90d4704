internal import COpenSSL

/// Runs one OpenSSL call with an empty error queue, and takes the whole queue along when it fails.
enum OpenSSLCall {
  /// - Throws: `openSSL` where `body` gives no pointer.
  static func pointer<T>(_ name: String, _ body: () -> T?) throws(TrustError) -> T {
    ERR_clear_error()
    guard let result = body() else { throw .openSSL(during: name, stack: errors()) }
    return result
  }

  /// - Throws: `openSSL` where `body` gives 0 or less.
  static func check(_ name: String, _ body: () -> Int32) throws(TrustError) {
    ERR_clear_error()
    guard body() > 0 else { throw .openSSL(during: name, stack: errors()) }
  }

  /// Takes the error queue of this thread, newest last.
  static func errors() -> [String] {
    var found: [String] = []
    while case let code = ERR_get_error(), code != 0 {
      var text = [CChar](repeating: 0, count: 256)
      ERR_error_string_n(code, &text, text.count)
      found.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return found
  }

  /// Empties the error queue, and says whether `reason` of `library` was in it.
  static func takeErrors(contain reason: Int32, of library: Int32) -> Bool {
    var found = false
    while case let code = ERR_get_error(), code != 0 {
      if ERR_GET_REASON(code) == reason, ERR_GET_LIB(code) == library { found = true }
    }
    return found
  }

  /// The bytes that an `i2d` function writes; empty where it fails.
  static func der(_ write: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>) -> Int32) -> [UInt8] {
    var out: UnsafeMutablePointer<UInt8>?
    let count = write(&out)
    ERR_clear_error()
    guard count > 0, let out else { return [] }
    defer { CRYPTO_free(out, "", 0) }
    return Array(UnsafeBufferPointer(start: out, count: Int(count)))
  }
}
