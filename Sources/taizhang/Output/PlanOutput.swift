import Campaign
import Ledger

/// A campaign pack in JSON and on a terminal.
struct PlanOutput {
  let pack: Pack
  let printer: Printer

  private var language: LabelLanguage { printer.words.labels }

  func print() {
    if printer.options.json { return printer.json(json) }
    for line in lines { printer.data(SafeText.line(line)) }
  }

  private func text(_ label: Label, _ code: String = "") -> String { label.text(in: language) ?? code }

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
    lines += ["", words("计划条目", "Plan items")]
    lines += pack.items.map { "  \(DisplayWidth.padded($0.code, to: 6)) \(text($0.label))" }
    for kind in pack.kinds {
      lines += ["", "\(kind.code)  \(text(kind.label))"]
      lines += kind.fields.map { field in
        "    \(field.code)  \(text(field.label))\(field.isRequired ? " *" : "")  \(type(of: field))"
      }
    }
    lines += ["", words("行政区划", "Divisions")]
    lines += pack.divisions.divisions.filter(\.isInUse).map { "  \($0.code)  \($0.name)" }
    return lines
  }

  // MARK: JSON

  /// Everything that the pack says.
  private var json: JSON {
    let info = pack.info
    return .object([
      ("lineage", .string(info.lineage)), ("version", .count(info.version)),
      ("title", .optional(info.title.text(in: language))), ("titles", labels(info.title)),
      ("theme", .optional(info.theme?.text(in: language))), ("themes", info.theme.map(labels) ?? .null),
      ("document", .optional(info.document)), ("issuer", .optional(info.issuer)),
      ("currency", .optional(info.currency?.text(in: language))),
      (
        "period",
        .object([
          ("from", .string(info.period.from.description)), ("to", .string(info.period.to.description)),
          ("tolerance_days", .number(Int64(info.period.toleranceDays))),
        ])
      ),
      ("deadline", .optional(info.submissionDeadline?.description)), ("slogans", .strings(info.slogans)),
      (
        "items",
        .array(
          pack.items.map { item in
            .object(named(item.code, item.label, item.aliases) + [("parent", .optional(item.parent))])
          })
      ),
      (
        "lists",
        .array(
          pack.lists.filter { $0.name != Pack.itemList }.map { list in
            .object([
              ("name", .string(list.name)),
              (
                "entries", .array(list.entries.map { .object(named($0.code, $0.label, $0.aliases)) })
              ),
            ])
          })
      ),
      ("kinds", .array(pack.kinds.map(json))),
      (
        "levels",
        .array(pack.divisions.levels.map { .object(named($0.code, $0.label, [])) })
      ),
      ("divisions", .array(pack.divisions.divisions.map(json))), ("reports", reports),
    ])
  }

  private func labels(_ label: Label) -> JSON {
    .object([("zh", .string(label.chinese)), ("en", .string(label.english))])
  }

  private func named(_ code: String, _ label: Label, _ aliases: [String]) -> [(String, JSON)] {
    [
      ("code", .string(code)), ("label", .optional(label.text(in: language))), ("labels", labels(label)),
      ("aliases", .strings(aliases)),
    ]
  }

  private func json(_ division: Division) -> JSON {
    .object([
      ("code", .string(division.code.description)), ("name", .string(division.name)),
      ("level", .string(division.level)), ("parent", .optional(division.parent?.description)),
      ("from", .optional(division.firstYear.map { Int64($0) })),
      ("retired", .optional(division.retired.map { Int64($0) })),
      ("successors", .strings(division.successors.map(\.description))),
    ])
  }

  private var reports: JSON {
    func table(_ entries: [String: [String]]) -> JSON {
      .object(entries.sorted { $0.key < $1.key }.map { ($0.key, .strings($0.value)) })
    }
    return .object([
      ("sums", table(pack.reports.sums)), ("counts", table(pack.reports.counts)),
      ("roles", table(pack.reports.roles)),
    ])
  }
}

// MARK: kinds

extension PlanOutput {
  private func json(_ kind: Kind) -> JSON {
    .object(
      named(kind.code, kind.label, []) + [
        ("fields", .array(kind.fields.map { json($0, of: kind) })),
        (
          "groups",
          .array(
            kind.groups.map { group in
              .object(
                named(group.code, group.label, []) + [
                  ("number", .number(Int64(group.number))),
                  ("merge", .string("\(group.mergeRule)")), ("members", codes(group.members, kind)),
                ])
            })
        ),
        ("rules", .array(kind.rules.map { json($0, of: kind) })), ("identity", codes(kind.identity, kind)),
        ("retired_numbers", .array(kind.retiredNumbers.map { .number(Int64($0)) })),
      ])
  }

  private func codes(_ places: [Int], _ kind: Kind) -> JSON { .strings(places.map { kind.fields[$0].code }) }

  private func json(_ field: Field, of kind: Kind) -> JSON {
    let display = DisplayForm(pack: pack, language: .code)
    func value(_ value: Value?) -> JSON { .optional(value.map { display.text($0, of: field) }) }
    return .object(
      named(field.code, field.label, field.aliases) + [
        ("number", .number(Int64(field.number))), ("type", .string(type(of: field))),
        ("form", .string("\(field.form)")), ("list", .optional(pack.list(of: field)?.name)),
        ("choices", choices(of: field)),
        ("required", .bool(field.isRequired)), ("merge", .string("\(field.mergeRule)")),
        ("group", .optional(field.group.map { kind.groups[$0].code })),
        ("default", value(field.defaultValue)), ("import_default", value(field.importDefault)),
        ("minimum", .optional(field.minimum)),
        ("max_bytes", .optional(field.maximumByteCount.map { Int64($0) })),
      ])
  }

  /// The items stand by themselves.
  private func choices(of field: Field) -> JSON {
    guard let list = pack.list(of: field), list.name != Pack.itemList else { return .array([]) }
    return .array(list.entries.map { .object(named($0.code, $0.label, $0.aliases)) })
  }

  /// As a pack spells it.
  private func type(of field: Field) -> String {
    if field.form == .tally { return "tally" }
    let single =
      switch field.type {
      case .creditCode: "credit_code"
      case .attachment: "attachments"
      case .code(let list): pack.lists[list].name
      default: "\(field.type)"
      }
    switch (field.form, field.type) {
    case (_, .attachment): return single
    case (.set, _): return "set(\(single))"
    case (_, .code): return "code(\(single))"
    default: return single
    }
  }

  private func json(_ rule: Rule, of kind: Kind) -> JSON {
    func told(_ name: String, _ more: [(String, JSON)] = []) -> JSON {
      .object([("rule", .string(name)), ("fields", codes(rule.fields, kind))] + more)
    }
    switch rule {
    case .notGreater: return told("not_greater")
    case .notBefore: return told("not_before")
    case .inPeriod: return told("in_period")
    case .unique: return told("unique")
    case .uniquePerOffice: return told("unique_per_office")
    case .mark(let name, _):
      let words = MarkWords(pack: pack, words: printer.words)
      return told("mark", [("mark", .string(name)), ("when", .string(words.text(name, of: kind)))])
    }
  }
}
