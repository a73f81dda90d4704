internal import Glibc

/// GB18030 by the C library's iconv; UTF-8 is checked here.
public enum TextEncoding: String, Sendable, CaseIterable {
  case auto
  case utf8 = "utf-8"
  case gb18030

  /// - Returns: UTF-8 without a byte order mark; nil where the bytes are not in the encoding, or hold NUL.
  func decode(_ bytes: [UInt8]) -> [UInt8]? {
    if bytes.contains(0) { return nil }
    let body = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
    let isUTF8 = body.withUnsafeBytes { String(validating: $0, as: UTF8.self) != nil }
    switch self {
    case .utf8: return isUTF8 ? body : nil
    case .gb18030: return TextEncoding.convert(bytes, from: "GB18030", to: "UTF-8")
    case .auto: return isUTF8 ? body : TextEncoding.convert(bytes, from: "GB18030", to: "UTF-8")
    }
  }

  public func encode(_ text: String) -> [UInt8] {
    let utf8 = Array(text.utf8)
    return self == .gb18030 ? TextEncoding.convert(utf8, from: "UTF-8", to: "GB18030") ?? utf8 : utf8
  }

  private static func convert(_ bytes: [UInt8], from: String, to: String) -> [UInt8]? {
    let converter = iconv_open(to, from)
    guard converter != iconv_t(bitPattern: -1) else { return nil }
    defer { iconv_close(converter) }
    var input = bytes.map { CChar(bitPattern: $0) }
    var output = [CChar](repeating: 0, count: bytes.count * 4 + 16)
    let written = input.withUnsafeMutableBufferPointer { source -> Int? in
      output.withUnsafeMutableBufferPointer { target in
        var from = source.baseAddress
        var left = source.count
        var to = target.baseAddress
        var room = target.count
        guard iconv(converter, &from, &left, &to, &room) != Int(bitPattern: UInt.max), left == 0 else {
          return nil
        }
        return target.count - room
      }
    }
    guard let written else { return nil }
    return output[..<written].map { UInt8(bitPattern: $0) }
  }
}
