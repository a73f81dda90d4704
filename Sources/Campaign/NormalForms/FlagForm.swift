/// yes no true false 是 否 1 0, of either width and case.
enum FlagForm {
  static func flag(_ text: UnsafeBufferPointer<UInt8>) throws(FormFault) -> Bool {
    let folded = Folding.folded(text)
    if folded.elementsEqual("yes".utf8) || folded.elementsEqual("true".utf8) || folded.elementsEqual("1".utf8)
      || folded.elementsEqual("是".utf8)
    {
      return true
    }
    if folded.elementsEqual("no".utf8) || folded.elementsEqual("false".utf8) || folded.elementsEqual("0".utf8)
      || folded.elementsEqual("否".utf8)
    {
      return false
    }
    throw FormFault(.notAFlag)
  }
}
