internal import Yams

/// The parts of a pack, from its YAML; kinds are `KindParts`'.
struct PackParts {
  let source: PackSource

  init(_ source: PackSource) { self.source = source }

  static let keys = [
    "format", "lineage", "version", "title", "theme", "document", "issuer", "currency", "period",
    "submission_deadline", "slogans", "items", "lists", "columns", "common", "kinds", "reports", "levels",
    "divisions",
  ]

  func pack(_ root: Node) -> Pack? {
    guard let map = source.map(SourceNode(key: "", node: root), keys: PackParts.keys) else { return nil }
    guard let format = source.text(map, "format") else { return nil }
    guard format == "1" else {
      source.report(map["format"]?.line ?? 1, .unsupportedFormat(format))
      return nil
    }
    let info = info(map)
    let items = items(map)
    let lists = lists(map, items)
    let columns = columns(map)
    let divisions = DivisionParts(source).table(map)
    guard let info else { return nil }
    let forms = NormalForm(lists: lists, period: info.period)
    let kinds = KindParts(source: source, forms: forms, columns: columns).kinds(map)
    let reports = reports(map, kinds)
    return Pack(
      info: info, items: items, lists: lists, kinds: kinds, divisions: divisions, reports: reports,
      columns: columns)
  }

  private func info(_ map: SourceMap) -> CampaignInfo? {
    let lineage = source.name(map, "lineage", .key)
    let version = source.need(map, "version").flatMap { source.number($0) }
    let title = source.need(map, "title").flatMap { source.label($0)?.label }
    let theme = map["theme"].flatMap { source.label($0)?.label }
    let currency = map["currency"].flatMap { source.label($0)?.label }
    let deadline = map["submission_deadline"].flatMap { source.date($0) }
    guard let period = period(map), let lineage, let version, let title else { return nil }
    guard (1...1_000_000).contains(version) else {
      source.report(map["version"]?.line ?? 1, .numberOutOfRange("version", limit: 1_000_000))
      return nil
    }
    return CampaignInfo(
      lineage: lineage, version: Int(version), title: title, theme: theme,
      document: source.optionalText(map, "document"), issuer: source.optionalText(map, "issuer"),
      currency: currency, period: period, submissionDeadline: deadline, slogans: source.texts(map["slogans"]))
  }

  private func period(_ map: SourceMap) -> Period? {
    guard let node = source.need(map, "period"),
      let period = source.map(node, keys: ["from", "to", "tolerance_days"])
    else { return nil }
    let from = source.need(period, "from").flatMap { source.date($0) }
    let to = source.need(period, "to").flatMap { source.date($0) }
    let tolerance = period["tolerance_days"].map { source.number($0) ?? 0 } ?? 0
    guard let from, let to else { return nil }
    let all = Period(from: from, to: to, toleranceDays: Int32(clamping: tolerance))
    if all.isSound { return all }
    source.report(node.line, .notA(expected: "period", key: "period"))
    return nil
  }

  private func items(_ map: SourceMap) -> [PlanItem] {
    guard let node = map["items"], let items = source.map(node) else { return [] }
    let codes = Set(items.entries.map(\.key))
    return items.entries.compactMap { entry in
      guard let code = source.name(entry.key, .item, line: entry.line), let label = source.label(entry)
      else { return nil }
      let parent = code.lastIndex(of: ".").map { String(code[..<$0]) }
      return PlanItem(
        code: code, label: label.label, aliases: label.more,
        parent: parent.flatMap { codes.contains($0) ? $0 : nil })
    }
  }

  private func lists(_ map: SourceMap, _ items: [PlanItem]) -> [CodeList] {
    let entries = items.map { CodeList.Entry(code: $0.code, label: $0.label, aliases: $0.aliases) }
    var lists: [CodeList] = []
    if !entries.isEmpty, let list = list(Pack.itemList, entries, line: map["items"]?.line ?? 1) {
      lists.append(list)
    }
    guard let node = map["lists"], let all = source.map(node) else { return lists }
    for entry in all.entries {
      guard let name = source.name(entry.key, .list, line: entry.line) else { continue }
      guard name != Pack.itemList, name != "text" else {
        source.report(entry.line, .duplicate(.list, name))
        continue
      }
      guard let words = source.map(entry) else { continue }
      let entries = words.entries.compactMap { word -> CodeList.Entry? in
        guard let code = source.name(word.key, .code, line: word.line), let label = source.label(word)
        else { return nil }
        return CodeList.Entry(code: code, label: label.label, aliases: label.more)
      }
      if let list = list(name, entries, line: entry.line) { lists.append(list) }
    }
    return lists
  }

  private func list(_ name: String, _ entries: [CodeList.Entry], line: Int) -> CodeList? {
    do throws(CodeList.Clash) {
      return try CodeList(name: name, entries: entries)
    } catch {
      source.report(line, .duplicate(.code, error.word))
      return nil
    }
  }

  private func columns(_ map: SourceMap) -> RecordColumns {
    guard let node = map["columns"], let columns = source.map(node, keys: ["id", "division", "kind"]) else {
      return RecordColumns(id: [], division: [], kind: [])
    }
    return RecordColumns(
      id: source.texts(columns["id"]), division: source.texts(columns["division"]),
      kind: source.texts(columns["kind"]))
  }

  private func reports(_ map: SourceMap, _ kinds: [Kind]) -> ReportColumns {
    guard let node = map["reports"], let reports = source.map(node, keys: ["sums", "counts", "roles"]) else {
      return ReportColumns(sums: [:], counts: [:], roles: [:])
    }
    let fields = Set(kinds.flatMap { $0.fields.map(\.code) })
    let codes = Set(kinds.map(\.code))
    let marks = kinds.flatMap(\.rules).compactMap { if case .mark(let name, _) = $0 { name } else { nil } }
    return ReportColumns(
      sums: names(reports["sums"], .field, known: fields),
      counts: names(reports["counts"], .kind, known: codes),
      roles: roles(reports["roles"], kinds, marks: Set(marks)))
  }

  /// A part that this program does not know, or one that is played by the wrong sort of thing, would leave a
  /// report silently empty: an author is told.
  private func roles(_ node: SourceNode?, _ kinds: [Kind], marks: Set<String>) -> [String: [String]] {
    guard let node, let map = source.map(node) else { return [:] }
    var out: [String: [String]] = [:]
    for entry in map.entries {
      let codes = source.texts(entry)
      out[entry.key] = codes
      guard source.origin == .authored else { continue }
      guard let role = ReportRole(rawValue: entry.key) else {
        source.unknown(
          .role, entry.key, among: ReportRole.allCases.map(\.rawValue).sorted(), line: entry.line)
        continue
      }
      let (thing, known): (PackProblem.Thing, Set<String>) =
        switch role.player {
        case .field: (.field, Set(kinds.flatMap { $0.fields.map(\.code) }))
        case .kind: (.kind, Set(kinds.map(\.code)))
        case .mark: (.mark, marks)
        }
      for code in codes {
        if !known.contains(code) {
          source.unknown(thing, code, among: known.sorted(), line: entry.line)
        } else if role.player == .field, !kinds.compactMap({ $0.field(code) }).allSatisfy(role.fits) {
          source.report(entry.line, .roleMismatch(role: entry.key, field: code))
        }
      }
    }
    return out
  }

  private func names(
    _ node: SourceNode?, _ thing: PackProblem.Thing, known: Set<String>
  ) -> [String: [String]] {
    guard let node, let map = source.map(node) else { return [:] }
    var out: [String: [String]] = [:]
    for entry in map.entries {
      let names = source.texts(entry)
      for name in names where !known.contains(name) && source.origin == .authored {
        source.unknown(thing, name, among: known.sorted(), line: entry.line)
      }
      out[entry.key] = names
    }
    return out
  }
}
