internal import Ledger

/// What an attachment may be called: a name, never a place.
enum AttachmentName {
  /// The name in a path, of whatever system: nothing before the last separator, no marks that nobody sees, at most 255
  /// bytes with the ending kept.
  ///
  /// - Returns: nil where nothing is left of it.
  static func cleaned(_ path: String) -> String? {
    let last = path.unicodeScalars.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? []
    var name = String.UnicodeScalarView(last.filter { !isHidden($0) })
    while let first = name.first, first.properties.isWhitespace { name.removeFirst() }
    while let end = name.last, end.properties.isWhitespace { name.removeLast() }
    let text = shortened(String(name))
    return text.isEmpty || text.allSatisfy { $0 == "." } ? nil : text
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
    default: false
    }
  }

  /// Cut between characters, before the ending where there is a short one.
  private static func shortened(_ name: String) -> String {
    guard name.utf8.count > Attachment.maxNameByteCount else { return name }
    let ending =
      name.lastIndex(of: ".").map { String(name[$0...]) }.flatMap { $0.utf8.count <= 16 ? $0 : nil } ?? ""
    var stem = String(name.dropLast(ending.count))
    while stem.utf8.count + ending.utf8.count > Attachment.maxNameByteCount { stem.removeLast() }
    return stem + ending
  }
}
