/// Long texts beside each other, as far as they differ.
public enum Excerpts {
  /// - Parameters:
  ///   - texts: of one field.
  ///   - longest: so many characters are shown of each; where none has more, all stay whole.
  ///   - context: so many are shown of what all begin or end with.
  /// - Returns: one for each; what was left out is an ellipsis.
  public static func of(_ texts: [String], longest: Int, context: Int) -> [String] {
    let all = texts.map(Array.init)
    guard all.contains(where: { $0.count > longest }) else { return texts }
    let shortest = all.map(\.count).min() ?? 0
    let first = all[0]
    let start =
      all.count < 2 ? 0 : (0..<shortest).first { at in !all.allSatisfy { $0[at] == first[at] } } ?? shortest
    let rest = shortest - start
    let end =
      all.count < 2
      ? 0
      : (0..<rest).first { at in
        !all.allSatisfy { $0[$0.count - 1 - at] == first[first.count - 1 - at] }
      } ?? rest
    let (left, right) = (max(0, start - context), max(0, end - context))
    return all.map { text in
      let part = text[left..<(text.count - right)]
      let shown = part.prefix(longest)
      let isCut = shown.count < part.count || right > 0
      return (left > 0 ? "…" : "") + String(shown) + (isCut ? "…" : "")
    }
  }
}
