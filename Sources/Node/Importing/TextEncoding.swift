internal import Glibc

/// GB18030 by the C library's iconv; UTF-8 is checked here.
public enum TextEncoding: String, Sendable, CaseIterable {
  case auto
  case utf8 = "utf-8"
  case gb18030

  public func encode(_ text: String) -> [UInt8] {
    let utf8 = Array(text.utf8)
    guard self == .gb18030 else { return utf8 }
    return TextEncoding.convert(utf8, from: "UTF-8", to: "GB18030")?.text ?? utf8
  }

  /// - Returns: UTF-8, and how many bytes were used: a character that is cut at the end is not. Nil where the
  ///   bytes are no GB18030.
  static func fromGB18030(_ bytes: [UInt8]) -> (text: [UInt8], used: Int)? {
    convert(bytes, from: "GB18030", to: "UTF-8")
  }

  private static func convert(_ bytes: [UInt8], from: String, to: String) -> (text: [UInt8], used: Int)? {
    let converter = iconv_open(to, from)
    guard converter != iconv_t(bitPattern: -1) else { return nil }
    defer { iconv_close(converter) }
    var input = bytes.map { CChar(bitPattern: $0) }
    var used = 0
    var failed = false
    // A GB18030 character has at most twice its bytes in UTF-8 (2 to 3, 4 to 4), and the other way round.
    let text = [UInt8](unsafeUninitializedCapacity: bytes.count * 2 + 16) { buffer, count in
      buffer.withMemoryRebound(to: CChar.self) { target in
        input.withUnsafeMutableBufferPointer { source in
          var from = source.baseAddress
          var left = source.count
          var to = target.baseAddress
          var room = target.count
          let result = iconv(converter, &from, &left, &to, &room)
          failed = result == Int(bitPattern: UInt.max) && errno != EINVAL
          used = source.count - left
          count = target.count - room
        }
      }
    }
    return failed ? nil : (text, used)
  }
}
