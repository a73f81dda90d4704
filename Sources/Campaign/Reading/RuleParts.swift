internal import Ledger

/// The rules of a kind, from its YAML.
struct RuleParts {
  let source: PackSource
  let forms: NormalForm
  let fields: [Field]
  /// Fields that this version cannot read: their rules are passed over with them.
  let passedOver: Set<String>

  func rule(_ node: SourceNode) -> Rule? {
    guard let map = source.map(node) else { return nil }
    guard map.entries.count == 1, let entry = map.entries.first else {
      source.report(node.line, .notA(expected: "rule", key: "rules"))
      return nil
    }
    switch entry.key {
    case "not_greater":
      guard let (a, b) = pair(entry) else { return nil }
      guard isNumber(a), isNumber(b) else { return mismatch(entry) }
      return .notGreater(a, than: b)
    case "not_before":
      guard let (a, b) = pair(entry) else { return nil }
      guard isDay(a), isDay(b) else { return mismatch(entry) }
      return .notBefore(a, than: b)
    case "in_period":
      guard let text = source.text(entry), let i = field(text, entry.line) else { return nil }
      return isDay(i) ? .inPeriod(i) : mismatch(entry)
    case "unique":
      guard let list = positions(entry) else { return nil }
      return list.isEmpty ? mismatch(entry) : .unique(list)
    case "unique_per_office": return positions(entry).map { .uniquePerOffice($0) }
    case "mark": return mark(entry)
    default:
      if source.origin == .authored { source.report(entry.line, .unknownRule(entry.key)) }
      return nil
    }
  }

  private func mismatch(_ entry: SourceNode) -> Rule? {
    source.report(entry.line, .ruleMismatch(entry.key))
    return nil
  }

  private func isNumber(_ i: Int) -> Bool {
    switch fields[i].type {
    case .integer, .decimal, .money: true
    default: false
    }
  }

  private func isDay(_ i: Int) -> Bool { fields[i].type == .date && fields[i].form == .single }

  private func field(_ code: String, _ line: Int) -> Int? {
    if let i = fields.firstIndex(where: { $0.code == code }) { return i }
    if !passedOver.contains(code) { source.unknown(.field, code, among: fields.map(\.code), line: line) }
    return nil
  }

  private func positions(_ entry: SourceNode) -> [Int]? {
    let names = source.texts(entry)
    let found = names.compactMap { field($0, entry.line) }
    return found.count == names.count ? found : nil
  }

  private func pair(_ entry: SourceNode) -> (Int, Int)? {
    guard let list = positions(entry) else { return nil }
    guard list.count == 2 else {
      source.report(entry.line, .notA(expected: "two fields", key: entry.key))
      return nil
    }
    return (list[0], list[1])
  }

  private static let comparisons: [(String, Condition.Comparison)] = [
    ("=", .equal), ("!=", .notEqual), ("<", .less), (">", .greater), ("<=", .notGreater), (">=", .notLess),
  ]

  /// `NAME when FIELD COMPARISON VALUE`.
  private func mark(_ entry: SourceNode) -> Rule? {
    guard let text = source.text(entry) else { return nil }
    let words = text.split(separator: " ", maxSplits: 4).map(String.init)
    guard words.count == 5, words[1] == "when",
      let comparison = RuleParts.comparisons.first(where: { $0.0 == words[3] })?.1
    else {
      // Another office's may be a newer version's way to say it.
      if source.origin == .authored {
        source.report(entry.line, .notA(expected: "NAME when FIELD COMPARISON VALUE", key: "mark"))
      }
      return nil
    }
    guard let name = source.name(words[0], .mark, line: entry.line), let i = field(words[2], entry.line)
    else { return nil }
    do throws(FormFault) {
      let value = try forms.value(words[4], as: fields[i].type)
      let isOrdered = isNumber(i) || fields[i].type == .date
      guard isOrdered || comparison == .equal || comparison == .notEqual else { return mismatch(entry) }
      return .mark(name, when: Condition(field: i, comparison: comparison, value: value))
    } catch {
      source.report(entry.line, .notAValue(field: fields[i].code, code: error.code))
      return nil
    }
  }
}
