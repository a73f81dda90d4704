internal import Ledger

/// The kinds of a pack, from its YAML: the common fields first, then each kind's own.
struct KindParts {
  let source: PackSource
  let forms: NormalForm
  let columns: RecordColumns

  /// What the common part and a kind's own have in common: fields and rules, not yet joined.
  private struct Part {
    var fields: [(field: Field, line: Int)] = []
    /// Members are positions in `fields`.
    var groups: [(group: FieldGroup, line: Int)] = []
    var rules: [SourceNode] = []
    /// Fields that this version cannot read, whose rules go with them.
    var passedOver: Set<String> = []
  }

  func kinds(_ map: SourceMap) -> [Kind] {
    var common = Part()
    if let node = map["common"], let part = source.map(node, keys: ["fields", "groups", "rules"]) {
      common = self.part(part, onto: Part())
    }
    var kinds: [Kind] = []
    var names = TextIndex()
    let nodes = source.list(source.need(map, "kinds"))
    if nodes.count > 256 { source.report(nodes[0].line, .tooMany(.kind, limit: 256)) }
    for node in nodes.prefix(256) {
      guard let kind = kind(node, common) else { continue }
      for name in [kind.code, kind.label.chinese, kind.label.english]
      where names.insert(name, kinds.count) != nil {
        source.report(node.line, .duplicate(.kind, name))
      }
      kinds.append(kind)
    }
    return kinds
  }

  private func kind(_ node: SourceNode, _ common: Part) -> Kind? {
    let keys = ["code", "label", "identity", "fields", "groups", "rules", "retired_numbers"]
    guard let map = source.map(node, keys: keys), let code = source.name(map, "code", .kind),
      let label = source.label(map)
    else { return nil }
    let part = part(map, onto: common)
    let retired = source.list(map["retired_numbers"]).compactMap { number($0) }
    guard check(part, retired, line: node.line) else { return nil }
    let fields = part.fields.map(\.field)
    let identity = source.list(map["identity"]).compactMap { name -> Int? in
      guard let text = source.text(name) else { return nil }
      if let i = fields.firstIndex(where: { $0.code == text }) { return i }
      if !part.passedOver.contains(text) {
        source.unknown(.field, text, among: fields.map(\.code), line: name.line)
      }
      return nil
    }
    let reader = RuleParts(source: source, forms: forms, fields: fields, passedOver: part.passedOver)
    return Kind(
      code: code, label: label, fields: fields, groups: part.groups.map(\.group),
      rules: part.rules.compactMap { reader.rule($0) }, identity: identity, retiredNumbers: retired)
  }

  private func part(_ map: SourceMap, onto common: Part) -> Part {
    var part = common
    for node in source.list(map["fields"]) {
      if let field = field(node, nil, &part.passedOver) { part.fields.append((field, node.line)) }
    }
    for node in source.list(map["groups"]) {
      if let (group, fields) = group(node, first: part.fields.count, at: part.groups.count, &part.passedOver)
      {
        part.groups.append((group, node.line))
        part.fields += fields
      }
    }
    part.rules += source.list(map["rules"])
    return part
  }

  private func group(
    _ node: SourceNode, first: Int, at position: Int, _ passedOver: inout Set<String>
  ) -> (FieldGroup, [(field: Field, line: Int)])? {
    guard let map = source.map(node, keys: ["number", "code", "label", "merge", "fields"]),
      let number = source.need(map, "number").flatMap({ self.number($0) }),
      let code = source.name(map, "code", .group), let label = source.label(map)
    else { return nil }
    let members = source.list(source.need(map, "fields"))
    guard let merge = mergeRule(map["merge"]) else {
      for member in members {
        if let map = source.map(member), let code = source.text(map, "code") { passedOver.insert(code) }
      }
      return nil
    }
    var fields: [(field: Field, line: Int)] = []
    for member in members {
      guard let field = field(member, (position, merge), &passedOver) else { continue }
      let holdsCodes = if case .code = field.type { true } else { false }
      // A member holds one value in a change, and only codes can stand in one together.
      if field.form == .tally || (field.form == .set && !holdsCodes) || field.type == .attachment {
        source.report(member.line, .notA(expected: "single", key: field.code))
        continue
      }
      fields.append((field, member.line))
    }
    let group = FieldGroup(
      number: number, code: code, label: label, mergeRule: merge,
      members: Array(first..<first + fields.count))
    return (group, fields)
  }

  private static let fieldKeys = [
    "number", "code", "label", "type", "required", "default", "import_default", "merge", "aliases", "min",
    "max_kib",
  ]

  private func field(
    _ node: SourceNode, _ group: (position: Int, merge: MergeRule)?, _ passedOver: inout Set<String>
  ) -> Field? {
    guard let map = source.map(node, keys: KindParts.fieldKeys),
      let number = source.need(map, "number").flatMap({ self.number($0) }),
      let code = source.name(map, "code", .field), let label = source.label(map),
      let typeNode = source.need(map, "type"), let typeText = source.text(typeNode)
    else { return nil }
    guard let (type, form) = type(typeText, typeNode), let merge = group?.merge ?? mergeRule(map["merge"])
    else {
      passedOver.insert(code)
      return nil
    }
    return Field(
      number: number, code: code, label: label, aliases: source.texts(map["aliases"]), type: type,
      form: form, isRequired: source.flag(map["required"]),
      mergeRule: merge, group: group?.position,
      defaultValue: value(map["default"], type, code),
      importDefault: value(map["import_default"], type, code),
      minimum: map["min"].flatMap { source.number($0) },
      maximumByteCount: map["max_kib"].flatMap { byteCount($0, type) })
  }

  /// A size in KiB, of a field of attachments alone.
  private func byteCount(_ node: SourceNode, _ type: ValueType) -> Int? {
    guard type == .attachment else {
      source.report(node.line, .notA(expected: "attachments", key: "type"))
      return nil
    }
    guard let number = source.number(node) else { return nil }
    let limit = Attachment.maxByteCount >> 10
    if (1...Int64(limit)).contains(number) { return Int(number) << 10 }
    source.report(node.line, .numberOutOfRange("\(number)", limit: limit))
    return nil
  }

  private func number(_ node: SourceNode) -> UInt32? {
    guard let text = source.text(node) else { return nil }
    if let number = UInt32(text), (1...Kind.maxNumber).contains(number) { return number }
    source.report(node.line, .numberOutOfRange(text, limit: Int(Kind.maxNumber)))
    return nil
  }

  /// - Returns: `latest` where none is named; nil for what this version does not know.
  private func mergeRule(_ node: SourceNode?) -> MergeRule? {
    guard let node, let text = source.text(node) else { return .latest }
    switch text {
    case "latest": return .latest
    case "authority": return .authority
    case "person": return .person
    default:
      if source.origin == .authored {
        source.unknown(.key, text, among: ["latest", "authority", "person"], line: node.line)
      }
      return nil
    }
  }

  private func value(_ node: SourceNode?, _ type: ValueType, _ field: String) -> Value? {
    guard let node, let text = source.text(node) else { return nil }
    do throws(FormFault) {
      return try forms.value(text, as: type)
    } catch {
      source.report(node.line, .notAValue(field: field, code: error.code))
      return nil
    }
  }
}

extension KindParts {
  /// `text`, `tally`, `code(LIST)`, `set(LIST)`, `set(text)` …; nil for what this version does not know.
  private func type(_ text: String, _ node: SourceNode) -> (ValueType, FieldForm)? {
    switch text {
    case "text": return (.text, .single)
    case "date": return (.date, .single)
    case "integer": return (.integer, .single)
    case "decimal": return (.decimal, .single)
    case "money": return (.money, .single)
    case "flag": return (.flag, .single)
    case "credit_code": return (.creditCode, .single)
    case "record": return (.record, .single)
    case "tally": return (.integer, .tally)
    case "attachments": return (.attachment, .set)
    case "set(text)": return (.text, .set)
    default: break
    }
    for (prefix, form) in [("code(", FieldForm.single), ("set(", FieldForm.set)]
    where text.hasPrefix(prefix) && text.hasSuffix(")") {
      let name = String(text.dropFirst(prefix.count).dropLast())
      guard let list = forms.lists.firstIndex(where: { $0.name == name }) else {
        source.unknown(.list, name, among: forms.lists.map(\.name), line: node.line)
        return nil
      }
      if form == .set { checkLabels(forms.lists[list], line: node.line) }
      return (.code(list: list), form)
    }
    if source.origin == .authored { source.report(node.line, .unknownType(text)) }
    return nil
  }

  private func checkLabels(_ list: CodeList, line: Int) {
    for entry in list.entries {
      for label in [entry.label.chinese, entry.label.english] where SetForm.hasSeparator(label) {
        source.report(line, .separatorInLabel(label))
      }
    }
  }

  /// Codes, numbers and headers mean one thing each within the kind.
  private func check(_ part: Part, _ retired: [UInt32], line: Int) -> Bool {
    let before = source.problems.count
    if part.fields.count > FieldSet.maxCount {
      source.report(line, .tooMany(.field, limit: FieldSet.maxCount))
    }
    var numbers = Set(retired)
    func take(_ number: UInt32, line: Int) {
      if retired.contains(number) {
        source.report(line, .retiredNumber(number))
      } else if !numbers.insert(number).inserted {
        source.report(line, .duplicate(.number, String(number)))
      }
    }
    var codes = Set(["id", "division", "kind"])
    var headers = TextIndex()
    let own = ["id", "division", "kind"] + columns.id + columns.division + columns.kind
    for name in own { headers.insert(name, -1) }
    // A file may have columns of these names beside the record's.
    if source.origin == .authored { for name in HeaderMap.passedOver { headers.insert(name, -1) } }
    for (i, (field, line)) in part.fields.enumerated() {
      take(field.number, line: line)
      if !codes.insert(field.code).inserted { source.report(line, .duplicate(.field, field.code)) }
      for header in Kind.headers(of: field) where headers.insert(header, i) != nil {
        source.report(line, .duplicate(.header, header))
      }
    }
    for (group, line) in part.groups {
      take(group.number, line: line)
      if !codes.insert(group.code).inserted { source.report(line, .duplicate(.group, group.code)) }
    }
    return source.problems.count == before
  }
}
