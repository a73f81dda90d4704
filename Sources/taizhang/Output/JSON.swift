import Reports

/// A JSON value that is written in one line, keys in the order given.
enum JSON {
  case null
  case bool(Bool)
  case number(Int64)
  /// A number of 0 or more with up to two decimals.
  case hundredths(Int)
  case string(String)
  case array([JSON])
  case object([(String, JSON)])

  static func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
  static func optional(_ number: Int64?) -> JSON { number.map { .number($0) } ?? .null }
  static func count(_ number: Int) -> JSON { .number(Int64(number)) }
  static func strings(_ list: some Sequence<String>) -> JSON { .array(list.map { .string($0) }) }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// One line, without its end.
  var bytes: [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(512)
    write(to: &out)
    return out
  }

  func write(to out: inout [UInt8]) {
    switch self {
    case .null: out.append(contentsOf: "null".utf8)
    case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
    case .number(let number): out.append(contentsOf: String(number).utf8)
    case .hundredths(let count):
      let cents = count % 100
      out.append(contentsOf: String(count / 100).utf8)
      if cents > 0 {
        out.append(
          contentsOf: (cents % 10 == 0 ? ".\(cents / 10)" : cents < 10 ? ".0\(cents)" : ".\(cents)").utf8)
      }
    case .string(let text): JSON.write(text, to: &out)
    case .array(let items):
      out.append(UInt8(ascii: "["))
      for (i, item) in items.enumerated() {
        if i > 0 { out.append(UInt8(ascii: ",")) }
        item.write(to: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let members):
      out.append(UInt8(ascii: "{"))
      for (i, member) in members.enumerated() {
        if i > 0 { out.append(UInt8(ascii: ",")) }
        JSON.write(member.0, to: &out)
        out.append(UInt8(ascii: ":"))
        member.1.write(to: &out)
      }
      out.append(UInt8(ascii: "}"))
    }
  }

  /// Stretches that need no escape are copied as they are.
  private static func write(_ text: String, to out: inout [UInt8]) {
    var text = text
    out.append(UInt8(ascii: "\""))
    text.withUTF8 { utf8 in
      var start = 0
      var at = 0
      while at < utf8.count {
        let (scalar, length) = escaped(utf8, at)
        guard let scalar else {
          at += length
          continue
        }
        out.append(contentsOf: utf8[start..<at])
        out.append(contentsOf: escape(scalar).utf8)
        at += length
        start = at
      }
      out.append(contentsOf: utf8[start..<at])
    }
    out.append(UInt8(ascii: "\""))
  }

  /// - Returns: the scalar at `at` where it has to be escaped, else nil; and how many bytes to step over.
  private static func escaped(_ utf8: UnsafeBufferPointer<UInt8>, _ at: Int) -> (UInt32?, Int) {
    let byte = utf8[at]
    switch byte {
    case 0..<0x20, 0x22, 0x5c, 0x7f: return (UInt32(byte), 1)
    case 0xc2 where utf8[at + 1] < 0xa0: return (UInt32(utf8[at + 1]), 2)
    // Hidden marks stay readable data but never reach a terminal as such.
    case 0xd8: return (hidden(UInt32(byte & 0x1f) << 6 | UInt32(utf8[at + 1] & 0x3f)), 2)
    case 0xe2 where utf8[at + 1] == 0x80 || utf8[at + 1] == 0x81, 0xef where utf8[at + 1] == 0xbf:
      let scalar =
        UInt32(byte & 0xf) << 12 | UInt32(utf8[at + 1] & 0x3f) << 6 | UInt32(utf8[at + 2] & 0x3f)
      return (hidden(scalar), 3)
    default: return (nil, 1)
    }
  }

  private static func hidden(_ scalar: UInt32) -> UInt32? {
    Unicode.Scalar(scalar).flatMap { HiddenMark.isOne($0) ? scalar : nil }
  }

  private static func escape(_ scalar: UInt32) -> String {
    switch scalar {
    case 0x22: return "\\\""
    case 0x5c: return "\\\\"
    case 0x0a: return "\\n"
    case 0x0d: return "\\r"
    case 0x09: return "\\t"
    default:
      let hex = String(scalar, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    }
  }
}
