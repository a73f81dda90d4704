/// yes no true false 是 否 1 0, of either width and case.
public enum FlagForm {
  /// - Returns: nil where the text says neither yes nor no.
  public static func flag(_ text: String) -> Bool? {
    var text = text
    return text.withUTF8 { try? flag($0) }
  }

  static func flag(_ text: UnsafeBufferPointer<UInt8>) throws(FormFault) -> Bool {
    if let flag = plain(text) { return flag }
    let folded = Folding.folded(text)
    guard let flag = folded.withUnsafeBufferPointer(plain) else { throw FormFault(.notAFlag) }
    return flag
  }

  private static func plain(_ text: UnsafeBufferPointer<UInt8>) -> Bool? {
    switch text.count {
    case 1 where text[0] == UInt8(ascii: "1"): true
    case 1 where text[0] == UInt8(ascii: "0"): false
    case 2 where text.elementsEqual("no".utf8): false
    case 3 where text.elementsEqual("yes".utf8) || text.elementsEqual("是".utf8): true
    case 3 where text.elementsEqual("否".utf8): false
    case 4 where text.elementsEqual("true".utf8): true
    case 5 where text.elementsEqual("false".utf8): false
    default: nil
    }
  }
}
