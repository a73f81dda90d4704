import ArgumentParser
import Campaign
import Ledger
import Store

struct History: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "What happened to a record, oldest first.", discussion: "Example: taizhang history 0198f3")
  @OptionGroup var common: CommonOptions
  @OptionGroup var record: RecordArgument

  func run() throws {
    let printer = Printer(options: common)
    try common.openStore().read { snapshot in
      let view = try snapshot.record(prefix: record.id)
      var lines = HistoryLines(view: view, output: try RecordOutput(snapshot, words: printer.words))
      for entry in try snapshot.history(of: view) {
        for line in lines.lines(of: entry) {
          if common.json { printer.json(line.json) } else { printer.data(SafeText.line(line.text)) }
        }
      }
    }
  }
}

/// The lines of a record's history, a field of a change each.
struct HistoryLines {
  let view: RecordView
  let output: RecordOutput
  /// What was written last, by cell.
  private var last: [UInt32: Value] = [:]

  init(view: RecordView, output: RecordOutput) {
    self.view = view
    self.output = output
  }

  struct Line {
    var json: JSON
    var text: String
  }

  /// A value for scripts and for people.
  private struct Value {
    var json = JSON.null
    var text = ""
  }

  mutating func lines(of entry: HistoryEntry) -> [Line] {
    entry.mutation.writes.map { write in
      let (from, to) = values(write, entry)
      last[write.cell] = to
      let field = write.cell == CellWrite.existenceCell ? "deleted" : view.code(ofCell: write.cell)
      let json = JSON.object([
        ("at", .string(Timestamp.text(entry.time))),
        ("office", .string(output.office(entry.change.log.node) ?? "")),
        ("operator", .optional(entry.operatorName.isEmpty ? nil : entry.operatorName)),
        ("field", .string(field)), ("from", from.json), ("to", to.json),
        ("change", .string("\(entry.change.log)/\(entry.change.n)")),
        ("resolves", .bool(entry.settles(write))),
      ])
      let sentence = HistorySentence(
        output: output, kind: view.kind, entry: entry, write: write, field: field, from: from.text,
        to: to.text)
      return Line(json: json, text: sentence.text)
    }
  }

  /// A set and a tally are told as they were before and after; of the others, what was written.
  private func values(_ write: CellWrite, _ entry: HistoryEntry) -> (from: Value, to: Value) {
    let sort = write.content.sort
    if sort == .set || sort == .tally {
      return (whole(entry.before, write.cell, sort), whole(entry.after, write.cell, sort))
    }
    let written = Value(
      json: output.json(write.content, cell: write.cell, kind: view.kind),
      text: output.text(write.content, cell: write.cell, kind: view.kind))
    return (last[write.cell] ?? Value(), written)
  }

  private func whole(_ state: RecordState, _ cell: UInt32, _ sort: CellSort) -> Value {
    if let pair = PairCell(rawValue: cell) {
      let others = state.others(pair).map(\.description)
      return Value(json: .strings(others), text: others.joined(separator: ", "))
    }
    if cell == Attachment.cell {
      let names = state.attachments.map(\.attachment.name)
      return Value(json: .strings(names), text: names.joined(separator: ", "))
    }
    guard let kind = view.kind, case .field(let i) = kind.slot(cell),
      let shown = state.cell(cell, sort)?.shown(rule: kind.mergeRule(ofCell: cell), rank: { _ in 0 })
    else { return Value() }
    let value: FieldValue? =
      sort == .set ? (shown.elements.isEmpty ? nil : .set(shown.elements)) : shown.total.map { .tally($0) }
    guard let value else { return Value() }
    let display = DisplayForm(pack: output.pack, language: output.words.labels)
    return Value(
      json: output.json(value, of: kind.fields[i]), text: display.text(value, of: kind.fields[i]))
  }
}
