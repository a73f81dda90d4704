import COpenSSL

/// One entry of OpenSSL's error queue.
public struct OpenSSLError: Hashable, Sendable {
  public var code: UInt
  /// OpenSSL's own English for the code, for a log.
  public var text: String

  public init(code: UInt, text: String) {
    self.code = code
    self.text = text
  }

  /// Empties this thread's queue, oldest entry first. The whole of it: the first entry says what broke,
  /// the last only who noticed.
  static func takeAll() -> [OpenSSLError] {
    var entries: [OpenSSLError] = []
    while true {
      let code = ERR_get_error()
      if code == 0 { return entries }
      var text = [CChar](repeating: 0, count: 256)
      ERR_error_string_n(code, &text, text.count)
      let letters = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      entries.append(OpenSSLError(code: UInt(code), text: String(decoding: letters, as: UTF8.self)))
    }
  }
}
