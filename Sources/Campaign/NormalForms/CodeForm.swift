/// A word of a code list: by its code, either label or an alias, of either width and case.
enum CodeForm {
  /// - Parameter list: its position in `lists`; a list is not copied to look a word up.
  static func code(
    _ text: UnsafeBufferPointer<UInt8>, _ list: Int, of lists: [CodeList]
  ) throws(FormFault) -> String {
    if let position = lists[list].position(of: text) { return lists[list].entries[position].code }
    throw unknown(text, lists[list])
  }

  private static func unknown(_ text: UnsafeBufferPointer<UInt8>, _ list: CodeList) -> FormFault {
    let word = String(decoding: text, as: UTF8.self)
    let words = list.entries.lazy.flatMap { [$0.code, $0.label.chinese, $0.label.english] + $0.aliases }
    var fault = FormFault(
      .unknownCode, .allowed(list.entries.map { Finding.Named(code: $0.code, label: $0.label) }))
    if let nearest = Nearest.match(for: word, among: words) { fault.facts.insert(.nearest(nearest), at: 0) }
    return fault
  }
}
