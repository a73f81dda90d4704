import ArgumentParser
import Campaign
import Foundation
import Ledger
import Node
import Store

struct Conflicts: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conflicts",
    abstract: .words(
      "待裁定的冲突：列出、裁定、撤销裁定。",
      "Open conflicts: list, settle, undo."), discussion: .examples("taizhang conflicts --json"),
    subcommands: [ListConflicts.self, Settle.self, Resolve.self, Undo.self],
    defaultSubcommand: ListConflicts.self)

  struct ListConflicts: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: .words(
        "列出待裁定的冲突。",
        "Open conflicts."),
      discussion: .examples("taizhang conflicts --kind enforcement"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @OptionGroup(title: FilterOptions.title) var filters: FilterOptions

    func run() throws {
      let node = try common.openToRead()
      let printer = Printer(options: common)
      let filter = try filters.filter(try node.store.read { try $0.pack() })
      let conflicts = try node.conflicts(filter)
      do { try node.noteListed(conflicts) } catch { tellUnkept(error, printer) }
      try node.store.read { snapshot in
        let output = try RecordOutput(snapshot, words: printer.words)
        let offices = Dictionary(uniqueKeysWithValues: try snapshot.offices().map { ($0.node, $0.division) })
        for conflict in conflicts {
          let line = ConflictOutput(conflict: conflict, output: output, offices: offices, node: node)
          if common.json { printer.json(line.json) } else { for text in line.lines { printer.data(text) } }
        }
      }
      if !conflicts.isEmpty, !common.json, Questions.canBeAsked, isatty(1) == 1 {
        printer.note(
          printer.words("逐个裁定：taizhang conflicts settle", "One by one: `taizhang conflicts settle`"))
      }
    }

    /// That the numbers do not count, and why.
    private func tellUnkept(_ error: any Error, _ printer: Printer) {
      if case StoreError.busy = error {
        return printer.note(
          printer.words(
            "另一程序正在写台账库，编号没有记下：用 --take 裁定之前请再列一次。",
            "Another process is writing to the store, and the numbers were not kept: list them again before you take one."
          ))
      }
      let why = ErrorReport(error, words: printer.words).message
      printer.note(
        SafeText.line(
          printer.words(
            "编号没有记下，用 --take 裁定时不以此为准：\(why)",
            "The numbers were not kept, and `--take` does not go by them: \(why)")))
    }
  }

  struct Settle: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "settle",
      abstract: .words(
        "在终端上逐个裁定冲突：各值并排，标出不同之处，文本附合并建议。",
        "Go through open conflicts on a terminal: side by side, what differs, a proposal for texts."),
      discussion: .examples("taizhang conflicts settle --division 540100"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @OptionGroup(title: FilterOptions.title) var filters: FilterOptions

    func run() throws {
      try ConflictDialogue.requireTerminal()
      let node = try common.open()
      let printer = Printer(options: common)
      var dialogue = ConflictDialogue(printer, node)
      let filter = try filters.filter(try node.store.read { try $0.pack() })
      let settled = try dialogue.run(filter)
      let left = try node.conflicts(filter).count
      if common.json {
        printer.json(.object([("settled", .count(settled)), ("conflicts_open", .count(left))]))
      } else {
        printer.data(printer.words("已裁定 \(settled)，待裁定 \(left)", "\(settled) settled, \(left) open"))
      }
    }
  }

  struct Resolve: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "resolve",
      abstract: .words(
        "裁定一个冲突；裁定也是一次变更。",
        "Settle a conflict; itself a change."),
      discussion: .examples("taizhang conflicts resolve 0198f3 title --take 1"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @OptionGroup var record: RecordArgument
    @Argument(
      help: .words(
        "字段或字段组：代码或名称；是否删除写 deleted。", "The field or group: code or label; `deleted` for a deletion.", .field)
    ) var field: String
    @Option(
      help: .words(
        "取用第几个候选值，以 taizhang conflicts 上次列出的次序为准。",
        "Take the candidate of this number, as `taizhang conflicts` last listed them.", .number))
    var take: Int?
    @Option(
      help: .words(
        "另填一个值；字段组写成各字段的 JSON 对象；deleted 写 yes 或 no。",
        "Another value; of a group a JSON object of its fields; of `deleted` yes or no.", .value))
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
      let output = RecordedOutput(common: common)
      try output.print(recorded, node.store)
      let printer = Printer(options: common)
      guard recorded.settled.isEmpty else { return try output.tellSettled(by: recorded, node.store) }
      let id = recorded.view.id
      printer.note(
        recorded.view.existence == .deleted
          ? printer.words(
            "已裁定：删除。恢复：taizhang restore \(id)", "Settled: deleted. `taizhang restore \(id)` brings it back.")
          : printer.words(
            "已裁定：保留。删除：taizhang delete \(id)", "Settled: kept. `taizhang delete \(id)` deletes it."))
    }
  }
}

/// One conflict with its candidates, numbered as `resolve --take` counts them.
struct ConflictOutput {
  let conflict: LocalNode.OpenConflict
  let output: RecordOutput
  let offices: [NodeID: DivisionCode]
  let node: LocalNode

  /// Where a candidate stands. Those of a rule that breaks are of several fields.
  private func cell(_ entry: ShownCell.Entry) -> UInt32 {
    if conflict.reason == .invalid {
      let cell = conflict.view.state.cells.first { cell in
        cell.writes.separatedOnce.contains { $0.dot == entry.dot }
      }
      if let cell { return cell.number }
    }
    return conflict.view.kind?.cell(named: conflict.field) ?? 0
  }

  private func field(_ entry: ShownCell.Entry) -> String {
    conflict.reason == .invalid ? conflict.view.code(ofCell: cell(entry)) : conflict.field
  }

  private func value(_ entry: ShownCell.Entry) -> JSON {
    // Whether the record is deleted is a yes or a no, as `resolve --value` takes it.
    conflict.reason == .deleted
      ? .bool(entry.content == .deletion)
      : output.json(entry.content, cell: cell(entry), kind: conflict.view.kind)
  }

  /// The rules that do not hold: what each says, and the cells that it rests on.
  private var broken: [(finding: Finding, cells: [UInt32])] {
    guard conflict.reason == .invalid, let kind = conflict.view.kind, let content = conflict.view.content
    else { return [] }
    return RuleCheck.errors(content, kind, output.pack)
  }

  var brokenRules: [String] { broken.map { FindingWords.text($0.finding, output.words) } }

  private var rules: JSON {
    .array(
      broken.map { rule in
        .object([
          ("code", .string(rule.finding.code.rawValue)),
          ("fields", .strings(rule.cells.map { conflict.view.code(ofCell: $0) })),
          ("text", .string(FindingWords.text(rule.finding, output.words))),
        ])
      })
  }

  /// The edits that no deletion has seen.
  private var unseen: JSON {
    .array(
      conflict.unseen.map { edit in
        .object([
          ("field", .string(conflict.view.code(ofCell: edit.cell))),
          ("value", output.json(edit.entry.content, cell: edit.cell, kind: conflict.view.kind)),
          ("office", .optional(output.office(edit.entry.author))),
          ("division", .optional(division(of: edit.entry.author)?.description)),
          ("operator", .optional(edit.operatorName.isEmpty ? nil : edit.operatorName)),
          ("at", .string(Timestamp.text(edit.entry.time))),
        ])
      })
  }

  /// The edits that no deletion has seen, a line each: what, who, and when.
  var unseenLines: [String] { unseenTexts(at: LocalTime.text).map { SafeText.line("  + " + $0) } }

  /// What a deletion did not see, each with who wrote it when.
  func unseenTexts(at clock: (Int64) -> String) -> [String] {
    conflict.unseen.map { edit in
      let kind = conflict.view.kind
      let value = output.shown(output.text(edit.entry.content, cell: edit.cell, kind: kind))
      let person =
        edit.operatorName.isEmpty ? "" : output.words("（\(edit.operatorName)）", " (\(edit.operatorName))")
      let author = output.label(edit.entry.author) + person
      let name = output.name(ofCell: edit.cell, in: kind)
      let text = output.words("删除时未见：\(name)为\(value)", "unseen by the deletion: \(name) \(value)")
      return "\(text)  \(author)  \(clock(edit.entry.time))"
    }
  }

  var json: JSON {
    let candidates = conflict.candidates.enumerated().map { index, entry -> JSON in
      .object([
        ("n", .count(index + 1)), ("field", .string(field(entry))), ("value", value(entry)),
        ("office", .optional(output.office(entry.author))),
        ("division", .optional(division(of: entry.author)?.description)),
        ("operator", .optional(conflict.operators[index].isEmpty ? nil : conflict.operators[index])),
        ("at", .string(Timestamp.text(entry.time))), ("shown", .bool(isShown(index))),
      ])
    }
    return .object([
      ("record", .string(conflict.view.id.description)), ("field", .string(conflict.field)),
      ("reason", .string("\(conflict.reason)")), ("shown", shown?.json ?? .null),
      ("candidates", .array(candidates)), ("others", .strings(conflict.others.map(\.description))),
      ("rules", rules), ("unseen", unseen),
      ("others_count", .count(conflict.otherCount)),
    ])
  }

  func division(of author: NodeID) -> DivisionCode? {
    offices[author] ?? (author == node.facts.node ? node.facts.division : nil)
  }

  /// Whether a candidate is what is shown where it stands. Those of a rule that breaks are of several fields.
  func isShown(_ index: Int) -> Bool {
    guard conflict.reason == .invalid else { return index == 0 }
    let entry = conflict.candidates[index]
    let contested = conflict.view.contested.first { $0.number == cell(entry) }
    return contested?.entries.first.map { $0.dot == entry.dot } ?? true
  }

  /// The value at which the conflict is shown; nil where it is about no value.
  var shown: (json: JSON, text: String)? {
    switch conflict.reason {
    case .concurrent, .deleted: conflict.candidates.first.map { (value($0), text($0)) }
    case .invalid, .unique: held
    }
  }

  /// What the record holds in the conflict's field or group.
  private var held: (json: JSON, text: String)? {
    let view = conflict.view
    if conflict.field == RecordView.originField {
      return view.origin.map { (.string($0.record.description), output.text($0)) }
    }
    guard let kind = view.kind, let content = view.content else { return nil }
    if let index = kind.fieldIndex(named: conflict.field), let value = content[field: index] {
      let field = kind.fields[index]
      return (output.json(value, of: field), output.display.text(value, of: field))
    }
    guard let number = kind.cell(named: conflict.field), let cell = view.state.cell(number, .group),
      let entry = cell.shown(rule: kind.mergeRule(ofCell: number), rank: { _ in 0 }).entries.first
    else { return nil }
    return (value(entry), output.text(entry.content, cell: number, kind: kind))
  }

  func text(of index: Int) -> String { text(conflict.candidates[index]) }

  private func text(_ entry: ShownCell.Entry) -> String {
    let value = output.text(entry.content, cell: cell(entry), kind: conflict.view.kind)
    let shown = value.isEmpty ? output.emptyWord : value
    guard conflict.reason == .invalid else { return shown }
    return output.name(ofField: field(entry), in: conflict.view.kind) + " " + shown
  }

  func author(_ index: Int) -> String {
    let person = conflict.operators[index]
    let office = output.label(conflict.candidates[index].author)
    return person.isEmpty ? office : output.words("\(office)（\(person)）", "\(office) (\(person))")
  }

  var lines: [String] {
    let view = conflict.view
    let name = output.name(ofField: conflict.field, in: view.kind)
    // A rule of a whole kind is about no field that could be named.
    let code =
      name == conflict.field || conflict.field == RecordView.wholeKindField
      ? name : output.words("\(name)（\(conflict.field)）", "\(name) (\(conflict.field))")
    var lines = [
      SafeText.line("\(view.id)  \(output.heading(view))  \(code)  \(reason)")
    ]
    if conflict.reason == .invalid {
      // Each rule with what it rests on; where none can be taken, none has a number.
      for rule in broken {
        lines.append(SafeText.line("  ! \(FindingWords.text(rule.finding, output.words))"))
        for index in conflict.candidates.indices where rule.cells.contains(cell(conflict.candidates[index])) {
          lines.append(candidateLine("·", [index]))
        }
      }
    } else {
      // Whichever of a group is taken, it is the same value: by the first one's number.
      for group in groups { lines.append(candidateLine("\(group[0] + 1).", group)) }
    }
    lines += unseenLines
    if let sharedLine { lines.append("  " + sharedLine) }
    for other in others { lines.append(SafeText.line("  = \(other)")) }
    return lines
  }

  private func candidateLine(_ mark: String, _ group: [Int]) -> String {
    let whose = group.map { "\(author($0))  \(LocalTime.text(conflict.candidates[$0].time))" }
    return SafeText.line(
      "  \(mark) \(text(conflict.candidates[group[0]]))  \(whose.joined(separator: output.words("；", "; ")))")
  }

  /// The value that other records have as well, where only one may.
  var sharedLine: String? {
    guard conflict.reason == .unique, let shown else { return nil }
    return SafeText.line(output.words("现值：", "Value: ") + shown.text)
  }

  /// Why it is open.
  var reason: String {
    output.text(conflict.reason, at: conflict.field, in: conflict.view.kind)
  }

  /// The records that it is about as well, as people tell them apart: where a moved one went, or which has the same
  /// value.
  var others: [String] {
    if conflict.reason == .deleted {
      return conflict.view.state.heirs.map {
        output.words("已迁往 \(output.text($0))", "moved to \(output.text($0))")
      }
    }
    let more = conflict.otherCount - conflict.others.count
    let rest =
      more > 0 ? [output.words("另有 \(more) 条", "\(Words.counted(more, "more record"))")] : []
    return conflict.others.map { id in
      guard let view = conflict.otherViews.first(where: { $0.id == id }) else { return id.description }
      let office = view.created.map { output.label($0.author) } ?? output.text(view.space.division)
      return output.words(
        "\(id)  \(output.heading(view))（\(office)）", "\(id)  \(output.heading(view)) (\(office))")
    } + rest
  }
}
