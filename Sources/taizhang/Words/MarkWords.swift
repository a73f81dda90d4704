import Campaign

/// What a mark says of a record: the test that it stands for, in the pack's words.
struct MarkWords {
  let pack: Pack
  let words: Words

  /// - Parameter kind: the record's; of a mark that several kinds have, the first one's test speaks for all.
  func text(_ mark: String, of kind: Kind? = nil) -> String {
    for kind in kind.map({ [$0] }) ?? pack.kinds {
      for rule in kind.rules {
        guard case .mark(mark, let condition) = rule else { continue }
        let field = kind.fields[condition.field]
        let value = DisplayForm(pack: pack, language: words.labels).text(condition.value, of: field)
        return "\(field.label.text(in: words.labels) ?? field.code) \(condition.comparison.sign) \(value)"
      }
    }
    return mark
  }
}

extension Condition.Comparison {
  fileprivate var sign: String {
    switch self {
    case .equal: "="
    case .notEqual: "≠"
    case .less: "<"
    case .greater: ">"
    case .notGreater: "≤"
    case .notLess: "≥"
    }
  }
}
