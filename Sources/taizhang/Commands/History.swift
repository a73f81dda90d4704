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
  private var last: [UInt32: JSON] = [:]

  init(view: RecordView, output: RecordOutput) {
    self.view = view
    self.output = output
  }

  struct Line {
    var json: JSON
    var text: String
  }

  mutating func lines(of entry: HistoryEntry) -> [Line] {
    entry.mutation.writes.map { write in
      let (from, to) = values(write, entry)
      last[write.cell] = to
      let field = write.cell == CellWrite.existenceCell ? "deleted" : view.code(ofCell: write.cell)
      let office = output.office(entry.change.log.node) ?? ""
      let resolves = entry.settles(write)
      let json = JSON.object([
        ("at", .string(Timestamp.text(entry.time))), ("office", .string(office)),
        ("operator", .optional(entry.operatorName.isEmpty ? nil : entry.operatorName)),
        ("field", .string(field)), ("from", from), ("to", to),
        ("change", .string("\(entry.change.log)/\(entry.change.n)")), ("resolves", .bool(resolves)),
      ])
      let name = output.name(ofField: field, in: view.kind)
      let text =
        "\(Timestamp.text(entry.time))  \(office) \(entry.operatorName)  \(name): \(from.text) → \(to.text)"
      return Line(json: json, text: text + note(write, resolves))
    }
  }

  private func note(_ write: CellWrite, _ resolves: Bool) -> String {
    if case .candidates = write.content { return output.words("（撤销裁定）", " (resolution undone)") }
    return resolves ? output.words("（裁定）", " (settled)") : ""
  }

  /// A set and a tally are told as they were before and after; of the others, what was written.
  private func values(_ write: CellWrite, _ entry: HistoryEntry) -> (from: JSON, to: JSON) {
    let sort = write.content.sort
    if sort == .set || sort == .tally {
      return (whole(entry.before, write.cell, sort), whole(entry.after, write.cell, sort))
    }
    return (
      last[write.cell] ?? .null, output.json(write.content, cell: write.cell, kind: view.kind)
    )
  }

  private func whole(_ state: RecordState, _ cell: UInt32, _ sort: CellSort) -> JSON {
    if let pair = PairCell(rawValue: cell) { return .strings(state.others(pair).map(\.description)) }
    guard let kind = view.kind, case .field(let i) = kind.slot(cell),
      let shown = state.cell(cell, sort)?.shown(rule: kind.mergeRule(ofCell: cell), rank: { _ in 0 })
    else { return .null }
    let field = kind.fields[i]
    if sort == .set { return shown.elements.isEmpty ? .null : output.json(.set(shown.elements), of: field) }
    return shown.total.map { .number($0) } ?? .null
  }
}
