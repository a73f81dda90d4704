/// Writes HTML. Names of tags and attributes are the program's own; all else is escaped, so that no value can
/// become markup.
struct HTMLWriter {
  private(set) var text = ""

  typealias Attribute = (name: StaticString, value: String)

  mutating func open(_ tag: StaticString, _ attributes: [Attribute] = []) {
    start(tag, attributes)
    text += ">"
  }

  mutating func close(_ tag: StaticString) { text += "</\(tag)>" }

  /// An element without content.
  mutating func empty(_ tag: StaticString, _ attributes: [Attribute] = []) {
    start(tag, attributes)
    text += "/>"
  }

  /// An element with a text in it.
  mutating func element(_ tag: StaticString, _ content: String) { element(tag, [], content) }

  mutating func element(_ tag: StaticString, _ attributes: [Attribute], _ content: String) {
    open(tag, attributes)
    write(content)
    close(tag)
  }

  /// An element with what `body` writes in it.
  mutating func element(
    _ tag: StaticString, _ attributes: [Attribute] = [], _ body: (inout HTMLWriter) -> Void
  ) {
    open(tag, attributes)
    body(&self)
    close(tag)
  }

  /// A text, escaped.
  mutating func write(_ content: String) { text += HTMLWriter.escaped(content) }

  /// The program's own markup or style, as it is.
  mutating func literal(_ content: StaticString) { text += "\(content)" }

  mutating func line() { text += "\n" }

  private mutating func start(_ tag: StaticString, _ attributes: [Attribute]) {
    text += "<\(tag)"
    for attribute in attributes { text += " \(attribute.name)=\"\(HTMLWriter.escaped(attribute.value))\"" }
  }

  /// Whether a byte is never part of what has to be escaped; most texts are made of such alone.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x21, 0x23...0x25, 0x28...0x3b, 0x3d, 0x3f...0x7e, 0x80...0xc1, 0xc3...0xd7, 0xd9...0xe1,
      0xe3...0xee:
      true
    default: false
    }
  }

  /// Control and direction marks are shown as `�`: they could hide or turn around what stands beside them.
  static func escaped(_ content: String) -> String {
    if content.utf8.allSatisfy(isPlain) { return content }
    var out = String.UnicodeScalarView()
    for scalar in content.unicodeScalars {
      switch scalar {
      case "&": out.append(contentsOf: "&amp;".unicodeScalars)
      case "<": out.append(contentsOf: "&lt;".unicodeScalars)
      case ">": out.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": out.append(contentsOf: "&quot;".unicodeScalars)
      case "'": out.append(contentsOf: "&#39;".unicodeScalars)
      case "\n", "\t": out.append(scalar)
      case "\r": out.append("\n")
      case _ where HiddenMark.isOne(scalar): out.append("\u{fffd}")
      default: out.append(scalar)
      }
    }
    return String(out)
  }
}
