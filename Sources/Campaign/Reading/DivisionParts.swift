internal import Ledger

/// The divisions of a pack, from its YAML.
struct DivisionParts {
  let source: PackSource
  private static let maxDepth = 12

  init(_ source: PackSource) { self.source = source }

  func table(_ map: SourceMap) -> DivisionTable {
    var levels: [DivisionTable.Level] = []
    if let node = map["levels"], let all = source.map(node) {
      for entry in all.entries {
        guard let code = source.name(entry.key, .level, line: entry.line), let label = source.label(entry)
        else { continue }
        levels.append(DivisionTable.Level(code: code, label: label.label))
      }
    }
    var divisions: [Division] = []
    var lines: [DivisionCode: Int] = [:]
    let levelCodes = Set(levels.map(\.code))
    for node in source.list(source.need(map, "divisions")) {
      guard let division = division(node, levelCodes) else { continue }
      guard lines.updateValue(node.line, forKey: division.code) == nil else {
        source.report(node.line, .duplicate(.division, division.code.description))
        continue
      }
      divisions.append(division)
    }
    guard check(divisions, lines) else { return DivisionTable(levels: levels, divisions: []) }
    return DivisionTable(levels: levels, divisions: divisions)
  }

  private func division(_ node: SourceNode, _ levels: Set<String>) -> Division? {
    let keys = ["code", "name", "level", "parent", "from", "retired", "successors"]
    guard let map = source.map(node, keys: keys), let code = code(map, "code"),
      let name = source.text(map, "name"), let level = source.text(map, "level")
    else { return nil }
    if !levels.contains(level) {
      source.unknown(.level, level, among: levels.sorted(), line: map["level"]?.line ?? node.line)
    }
    let successors = source.list(map["successors"]).compactMap { self.code($0) }
    let retired = map["retired"].flatMap { source.number($0) }.map { Int(clamping: $0) }
    if retired == nil, map["successors"] != nil { source.report(node.line, .missing(key: "retired")) }
    return Division(
      code: code, name: name, level: level, parent: map["parent"].flatMap { self.code($0) },
      firstYear: map["from"].flatMap { source.number($0) }.map { Int(clamping: $0) }, retired: retired,
      successors: successors)
  }

  private func code(_ map: SourceMap, _ key: String) -> DivisionCode? {
    source.need(map, key).flatMap { code($0) }
  }

  private func code(_ node: SourceNode) -> DivisionCode? {
    guard let text = source.text(node) else { return nil }
    if let code = DivisionCode(text) { return code }
    source.report(node.line, .illegalName(.division, text))
    return nil
  }

  /// Parents and successors exist, successors are in use, and nothing is its own ancestor.
  private func check(_ divisions: [Division], _ lines: [DivisionCode: Int]) -> Bool {
    let table = Dictionary(uniqueKeysWithValues: divisions.map { ($0.code, $0) })
    var isSound = true
    func fail(_ division: Division, _ reason: PackProblem.Reason) {
      source.report(lines[division.code] ?? 1, reason)
      isSound = false
    }
    for division in divisions {
      for other in [division.parent].compactMap({ $0 }) + division.successors where table[other] == nil {
        source.unknown(
          .division, other.description, among: divisions.map(\.code.description),
          line: lines[division.code] ?? 1)
        isSound = false
      }
      if division.isInUse, let parent = division.parent, table[parent]?.isInUse == false {
        fail(division, .retiredParent(parent.description))
      }
      for successor in division.successors where table[successor]?.isInUse == false {
        fail(division, .retiredSuccessor(successor.description))
      }
    }
    guard isSound else { return false }
    for division in divisions {
      var depth = 0
      var next = division.parent
      while let parent = next, depth <= DivisionParts.maxDepth {
        if parent == division.code { break }
        depth += 1
        next = table[parent]?.parent
      }
      if next == division.code {
        fail(division, .circular(.division, division.code.description))
      } else if next != nil {
        fail(division, .tooDeep(limit: DivisionParts.maxDepth))
      }
    }
    return isSound
  }
}
