internal import Yams

/// A node of the YAML with the key that led to it.
struct SourceNode {
  let key: String
  let node: Node
  let line: Int

  init(key: String, node: Node) {
    self.key = key
    self.node = node
    line = node.mark?.line ?? 1
  }
}

/// A mapping of the YAML.
struct SourceMap {
  let line: Int
  /// In the order of the text.
  let entries: [SourceNode]

  subscript(key: String) -> SourceNode? { entries.first { $0.key == key } }
}

/// Takes the YAML apart and collects what is wrong with it.
final class PackSource {
  let origin: PackReader.Origin
  private(set) var problems: [PackProblem] = []
  private static let maxProblems = 100
  /// Aliases can make a short text endless; what is looked at is counted.
  private var budget = 200_000
  /// Names that were looked at for what was probably meant: a guess compares with all there are.
  private var guessBudget = 100_000

  init(origin: PackReader.Origin) { self.origin = origin }

  func report(_ line: Int, _ reason: PackProblem.Reason) {
    let problem = PackProblem(line: line, reason: reason)
    if problems.count < PackSource.maxProblems, problems.last != problem { problems.append(problem) }
  }

  private func spend(_ count: Int, line: Int) -> Bool {
    let hadSome = budget >= 0
    budget -= count
    if budget < 0, hadSome { report(line, .tooLarge(limit: PackReader.maxByteCount)) }
    return budget >= 0
  }

  /// A mapping with any keys.
  func map(_ node: SourceNode) -> SourceMap? {
    guard case .mapping(let mapping) = node.node else {
      report(node.line, .notA(expected: "map", key: node.key))
      return nil
    }
    guard spend(mapping.count + 1, line: node.line) else { return nil }
    var entries: [SourceNode] = []
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else {
        report(key.mark?.line ?? node.line, .notA(expected: "text", key: node.key))
        continue
      }
      entries.append(SourceNode(key: scalar.string, node: value))
    }
    return SourceMap(line: node.line, entries: entries)
  }

  /// A mapping with some of these keys.
  func map(_ node: SourceNode, keys: [String]) -> SourceMap? {
    guard let map = map(node) else { return nil }
    if origin == .authored {
      for entry in map.entries where !keys.contains(entry.key) {
        report(
          entry.line, .unknownKey(entry.key, nearest: Nearest.match(for: entry.key, among: keys)))
      }
    }
    return map
  }

  func list(_ node: SourceNode?) -> [SourceNode] {
    guard let node else { return [] }
    guard case .sequence(let sequence) = node.node else {
      report(node.line, .notA(expected: "list", key: node.key))
      return []
    }
    guard spend(sequence.count + 1, line: node.line) else { return [] }
    return sequence.map { SourceNode(key: node.key, node: $0) }
  }

  func text(_ node: SourceNode) -> String? {
    guard case .scalar(let scalar) = node.node, !scalar.string.isEmpty else {
      report(node.line, .notA(expected: "text", key: node.key))
      return nil
    }
    return scalar.string
  }

  func text(_ map: SourceMap, _ key: String) -> String? { need(map, key).flatMap { text($0) } }

  func optionalText(_ map: SourceMap, _ key: String) -> String? { map[key].flatMap { text($0) } }

  func need(_ map: SourceMap, _ key: String) -> SourceNode? {
    if let node = map[key] { return node }
    report(map.line, .missing(key: key))
    return nil
  }

  func number(_ node: SourceNode) -> Int64? {
    guard let text = text(node) else { return nil }
    if let number = Int64(text) { return number }
    report(node.line, .notA(expected: "number", key: node.key))
    return nil
  }

  func date(_ node: SourceNode) -> CivilDate? {
    guard let text = text(node) else { return nil }
    if let date = CivilDate(iso: text) { return date }
    report(node.line, .notA(expected: "date", key: node.key))
    return nil
  }

  func flag(_ node: SourceNode?) -> Bool {
    guard let node else { return false }
    switch text(node) {
    case "yes", "true": return true
    case "no", "false": return false
    default:
      report(node.line, .notA(expected: "flag", key: node.key))
      return false
    }
  }

  func texts(_ node: SourceNode?) -> [String] { list(node).compactMap { text($0) } }

  /// `[zh, en, more…]`, or one text for both languages.
  func label(_ node: SourceNode) -> (label: Label, more: [String])? {
    if case .scalar = node.node {
      return text(node).map { (Label(chinese: $0, english: $0), []) }
    }
    let texts = texts(node)
    guard let first = texts.first else {
      report(node.line, .notA(expected: "label", key: node.key))
      return nil
    }
    let second = texts.count > 1 ? texts[1] : first
    return (Label(chinese: first, english: second), Array(texts.dropFirst(2)))
  }

  func label(_ map: SourceMap) -> Label? { need(map, "label").flatMap { label($0)?.label } }

  /// A name that stands in changes, in files and on command lines: ASCII letters, digits, `_`, `-`, `.`.
  func name(_ map: SourceMap, _ key: String, _ thing: PackProblem.Thing) -> String? {
    guard let node = need(map, key), let text = text(node) else { return nil }
    return name(text, thing, line: node.line)
  }

  func name(_ text: String, _ thing: PackProblem.Thing, line: Int) -> String? {
    let isLegal = text.utf8.allSatisfy { byte in
      byte.isDigit || Folding.lowered(byte) &- 0x61 < 26 || byte == 0x5f || byte == 0x2d || byte == 0x2e
    }
    guard isLegal, text.utf8.count <= 64 else {
      report(line, .illegalName(thing, text))
      return nil
    }
    return text
  }

  func unknown(
    _ thing: PackProblem.Thing, _ name: String, among names: @autoclosure () -> [String], line: Int
  ) {
    guard problems.count < PackSource.maxProblems else { return }
    var nearest: String?
    if guessBudget > 0 {
      let names = names()
      guessBudget -= names.count
      nearest = Nearest.match(for: name, among: names)
    }
    report(line, .unknownReference(thing, name, nearest: nearest))
  }
}
