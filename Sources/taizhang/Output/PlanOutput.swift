import Campaign
import Ledger

/// A campaign pack in JSON and on a terminal.
struct PlanOutput {
  let pack: Pack
  let printer: Printer

  private var language: LabelLanguage { printer.words.labels }

  func print() {
    if printer.options.json { return printer.json(json) }
    let info = pack.info
    printer.data("\(text(info.title))  v\(info.version)")
    if let theme = info.theme { printer.data(text(theme)) }
    printer.data("\(info.period.from) – \(info.period.to)")
    for item in pack.items { printer.data("  \(item.code)  \(text(item.label))") }
    for kind in pack.kinds {
      printer.data("\(kind.code)  \(text(kind.label))")
      for field in kind.fields {
        printer.data("    \(field.code)  \(text(field.label))\(field.isRequired ? " *" : "")")
      }
    }
    for division in pack.divisions.divisions where division.isInUse {
      printer.data("\(division.code)  \(division.name)")
    }
  }

  private func text(_ label: Label) -> String { SafeText.line(label.text(in: language) ?? label.chinese) }

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
        ("number", .number(Int64(field.number))), ("type", .string(name(of: field.type))),
        ("form", .string("\(field.form)")), ("list", .optional(pack.list(of: field)?.name)),
        ("required", .bool(field.isRequired)), ("merge", .string("\(field.mergeRule)")),
        ("group", .optional(field.group.map { kind.groups[$0].code })),
        ("default", value(field.defaultValue)), ("import_default", value(field.importDefault)),
        ("minimum", .optional(field.minimum)),
      ])
  }

  /// As it stands in a pack.
  private func name(of type: ValueType) -> String {
    switch type {
    case .creditCode: "credit_code"
    case .code: "code"
    default: "\(type)"
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
