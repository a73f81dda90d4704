/// A word of a code list: by its code, either label or an alias, of either width and case.
enum CodeForm {
  static func code(_ text: UnsafeBufferPointer<UInt8>, _ list: CodeList) throws(FormFault) -> String {
    if let position = list.position(of: text) { return list.entries[position].code }
    let word = String(decoding: text, as: UTF8.self)
    let words = list.entries.lazy.flatMap { [$0.code, $0.label.chinese, $0.label.english] + $0.aliases }
    var fault = FormFault(.unknownCode, .allowed(list.entries.map(\.code)))
    if let nearest = Nearest.match(for: word, among: words) { fault.facts.insert(.nearest(nearest), at: 0) }
    throw fault
  }
}
