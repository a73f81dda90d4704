import Campaign
import Node
import Store

/// A campaign pack in JSON and on a terminal.
struct PlanOutput {
  let pack: Pack
  let printer: Printer
  private var language: LabelLanguage { printer.words.labels }

  func print() {
    if printer.options.json {
      printer.json(json)
    } else {
      for line in lines { printer.data(SafeText.line(line)) }
    }
  }

  private func text(_ label: Label, _ code: String = "") -> String { label.text(in: language) ?? code }

  // MARK: JSON

  private var json: JSON {
    let info = pack.info
    return .object([
      ("lineage", .string(info.lineage)), ("version", .count(info.version)),
      ("title", .optional(info.title.text(in: language))),
      ("theme", .optional(info.theme?.text(in: language))),
      ("document", .optional(info.document)), ("issuer", .optional(info.issuer)),
      (
        "period",
        .object([
          ("from", .string(info.period.from.description)), ("to", .string(info.period.to.description)),
        ])
      ),
      ("deadline", .optional(info.submissionDeadline?.description)),
      ("slogans", .strings(info.slogans)),
      ("items", .array(pack.items.map { named($0.code, $0.label) })),
      ("kinds", .array(pack.kinds.map { json($0) })),
    ])
  }

  private func named(_ code: String, _ label: Label) -> JSON {
    .object([("code", .string(code)), ("label", .optional(label.text(in: language)))])
  }

  private func json(_ kind: Kind) -> JSON {
    .object([
      ("code", .string(kind.code)), ("label", .optional(kind.label.text(in: language))),
      ("fields", .array(kind.fields.map { json($0, of: kind) })),
    ])
  }

  private func json(_ field: Field, of kind: Kind) -> JSON {
    let display = DisplayForm(pack: pack, language: .code)
    return .object([
      ("code", .string(field.code)), ("label", .optional(field.label.text(in: language))),
      ("required", .bool(field.isRequired)), ("type", .string(type(field))),
      ("group", .optional(field.group.map { kind.groups[$0].code })),
      ("default", .optional(field.defaultValue.map { display.text($0, of: field) })),
      (
        // The items stand by themselves.
        "choices",
        .array(
          pack.list(of: field).map { isItems($0) ? [] : $0.entries.map { named($0.code, $0.label) } } ?? [])
      ),
    ])
  }

  private func isItems(_ list: CodeList) -> Bool { list.name == Pack.itemList }

  /// As a pack spells it.
  private func type(_ field: Field) -> String {
    if field.form == .tally { return "tally" }
    let single =
      switch field.type {
      case .text: "text"
      case .date: "date"
      case .integer: "integer"
      case .decimal: "decimal"
      case .money: "money"
      case .flag: "flag"
      case .creditCode: "credit_code"
      case .record: "record"
      case .attachment: "attachments"
      case .code(let list): pack.lists[list].name
      }
    switch (field.form, field.type) {
    case (_, .attachment): return single
    case (.set, _): return "set(\(single))"
    case (_, .code): return "code(\(single))"
    default: return single
    }
  }

  // MARK: text

  private var lines: [String] {
    let words = printer.words
    let info = pack.info
    var lines = ["\(text(info.title, info.lineage))  v\(info.version)"]
    if let theme = info.theme { lines.append(words("主题：", "Theme: ") + text(theme)) }
    if let document = info.document { lines.append(words("文号：", "Document: ") + document) }
    if let issuer = info.issuer { lines.append(words("发文单位：", "Issuer: ") + issuer) }
    lines.append(words("期间：", "Period: ") + "\(info.period.from) – \(info.period.to)")
    if let deadline = info.submissionDeadline { lines.append(words("报送截止：", "Deadline: ") + "\(deadline)") }
    if !info.slogans.isEmpty { lines += ["", words("口号", "Slogans")] }
    lines += info.slogans.map { "  \($0)" }
    lines += ["", words("方案条目", "Plan items")]
    lines += pack.items.map { "  \(DisplayWidth.padded($0.code, to: 6)) \(text($0.label))" }
    for kind in pack.kinds {
      lines += ["", "\(kind.code)  \(text(kind.label))"]
      lines += kind.fields.map { field in
        "    \(field.code)  \(text(field.label))\(field.isRequired ? " *" : "")  \(type(field))"
      }
    }
    return lines
  }
}
