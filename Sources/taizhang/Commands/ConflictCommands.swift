import ArgumentParser
import Campaign
import Ledger
import Node
import Store

struct Conflicts: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conflicts",
    abstract: "Open conflicts, and settling them.", discussion: "Example: taizhang conflicts --json",
    subcommands: [ListConflicts.self, Resolve.self, Undo.self], defaultSubcommand: ListConflicts.self)

  struct ListConflicts: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Open conflicts.",
      discussion: "Example: taizhang conflicts --kind enforcement")
    @OptionGroup var common: CommonOptions
    @OptionGroup var filters: FilterOptions

    func run() throws {
      let node = try common.open()
      let printer = Printer(options: common)
      let filter = try filters.filter(try node.store.read { try $0.pack() })
      let conflicts = try node.conflicts(filter)
      try node.store.read { snapshot in
        let output = try RecordOutput(snapshot, words: printer.words)
        let offices = Dictionary(uniqueKeysWithValues: try snapshot.offices().map { ($0.node, $0.division) })
        for conflict in conflicts {
          let line = ConflictOutput(conflict: conflict, output: output, offices: offices, node: node)
          if common.json { printer.json(line.json) } else { for text in line.lines { printer.data(text) } }
        }
      }
    }
  }

  struct Resolve: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "resolve",
      abstract: "Settle a conflict; itself a change.",
      discussion: "Example: taizhang conflicts resolve 0198f3 title --take 1")
    @OptionGroup var common: CommonOptions
    @OptionGroup var record: RecordArgument
    @Argument(help: "The field or group: code or label; `deleted` for a deletion.") var field: String
    @Option(help: "The candidate's number.") var take: Int?
    @Option(help: "Another value; of a group a JSON object of its fields; of `deleted` yes or no.")
    var value: String?

    func run() throws {
      let decision: LocalNode.Decision
      switch (take, value) {
      case (let take?, nil): decision = .take(take)
      case (nil, let value?): decision = .value(value)
      default:
        throw UsageError(
          chinese: "给出 --take N 或 --value V 之一。", english: "Give either --take N or --value V.")
      }
      let node = try common.open()
      let recorded = try node.resolve(record.id, field: field, decision, operatorName: common.operatorText)
      try RecordedOutput(common: common).print(recorded, node.store)
    }
  }
}

extension Conflicts {
  struct Undo: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "undo",
      abstract: "Take a resolution back: its candidates are open again.",
      discussion: "Example: taizhang conflicts undo 0198f3 title")
    @OptionGroup var common: CommonOptions
    @OptionGroup var record: RecordArgument
    @Argument(help: "The field or group: code or label.") var field: String

    func run() throws {
      let node = try common.open()
      let recorded = try node.undo(record.id, field: field, operatorName: common.operatorText)
      try RecordedOutput(common: common).print(recorded, node.store)
    }
  }
}

/// One conflict with its candidates, numbered as `resolve --take` counts them.
struct ConflictOutput {
  let conflict: LocalNode.OpenConflict
  let output: RecordOutput
  let offices: [NodeID: DivisionCode]
  let node: LocalNode

  private var cell: UInt32? { conflict.view.kind?.cell(named: conflict.field) }

  private func value(_ entry: ShownCell.Entry) -> JSON {
    // Whether the record is deleted is a yes or a no, as `resolve --value` takes it.
    conflict.reason == .deleted
      ? .bool(entry.content == .deletion)
      : output.json(entry.content, cell: cell ?? 0, kind: conflict.view.kind)
  }

  var json: JSON {
    let candidates = conflict.candidates.enumerated().map { index, entry -> JSON in
      let author = entry.author
      let division = offices[author] ?? (author == node.facts.node ? node.facts.division : nil)
      return .object([
        ("n", .count(index + 1)), ("value", value(entry)),
        ("office", .optional(output.office(author))),
        ("division", .optional(division?.description)),
        ("operator", .optional(conflict.operators[index].isEmpty ? nil : conflict.operators[index])),
        ("at", .string(Timestamp.text(entry.time))), ("shown", .bool(index == 0)),
      ])
    }
    return .object([
      ("record", .string(conflict.view.id.description)), ("field", .string(conflict.field)),
      ("reason", .string("\(conflict.reason)")), ("shown", conflict.candidates.first.map(value) ?? .null),
      ("candidates", .array(candidates)), ("others", .strings(conflict.others.map(\.description))),
    ])
  }

  var lines: [String] {
    let view = conflict.view
    let name = output.name(ofField: conflict.field, in: view.kind)
    let code =
      name == conflict.field
      ? name : output.words("\(name)（\(conflict.field)）", "\(name) (\(conflict.field))")
    var lines = [
      SafeText.line("\(view.id)  \(output.heading(view))  \(code)  \(output.text(conflict.reason))")
    ]
    for (index, entry) in conflict.candidates.enumerated() {
      let person = conflict.operators[index]
      let office = output.office(entry.author) ?? ""
      let author = person.isEmpty ? office : output.words("\(office)（\(person)）", "\(office) (\(person))")
      let value = output.text(entry.content, cell: cell ?? 0, kind: view.kind)
      let shown = value.isEmpty ? output.words("（空）", "(empty)") : value
      lines.append(SafeText.line("  \(index + 1). \(shown)  \(author)  \(Timestamp.text(entry.time))"))
    }
    for other in conflict.others { lines.append("  = \(other)") }
    return lines
  }
}
