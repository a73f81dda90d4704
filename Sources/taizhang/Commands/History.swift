import ArgumentParser
import Campaign
import Ledger
import Store

struct History: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: .words(
      "一条记录的变更历史，最早的在前。",
      "What happened to a record, oldest first."), discussion: .examples("taizhang history 0198f3"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup var record: RecordArgument

  func run() throws {
    let printer = Printer(options: common)
    try common.openStore().read { snapshot in
      let view = try snapshot.record(prefix: record.id)
      var lines = HistoryLines(view: view, output: try RecordOutput(snapshot, words: printer.words))
      var redactions = try snapshot.redactions().filter {
        $0.redaction.record == view.id && $0.redaction.space == view.space
      }[...]
      func print(_ line: HistoryLines.Line) {
        if common.json { printer.json(line.json) } else { printer.data(SafeText.line(line.text)) }
      }
      for entry in try snapshot.history(of: view) {
        while let next = redactions.first, next.arrival < entry.arrival {
          print(lines.line(of: redactions.removeFirst()))
        }
        lines.lines(of: entry).forEach(print)
      }
      for rest in redactions { print(lines.line(of: rest)) }
    }
  }
}

/// The lines of a record's history, a field of a change each.
struct HistoryLines {
  let view: RecordView
  let output: RecordOutput
  /// What was written last, by cell.
  private var last: [UInt32: Value] = [:]
  /// What was written, by its place in its log, and where each log wrote a cell last.
  private var written: [Place: Value] = [:]
  private var own: [OwnCell: Place] = [:]

  init(view: RecordView, output: RecordOutput) {
    self.view = view
    self.output = output
  }

  struct Line {
    var json: JSON
    var text: String
  }

  /// Of two branches of one log the later one counts.
  private struct Place: Hashable {
    var log: LogID
    var n: UInt64
    var k: UInt32

    init(_ dot: Dot) { (log, n, k) = (dot.change.log, dot.change.n, dot.k) }
  }

  private struct OwnCell: Hashable {
    var log: LogID
    var cell: UInt32
  }

  /// A value for scripts and for people.
  private struct Value {
    var json = JSON.null
    var text = ""
  }

  /// What a line is called that says where a record went.
  static let heirField = "heir"

  /// A move is told on both sides: where the record came from, before what was entered with it, and where it went,
  /// behind its deletion.
  mutating func lines(of entry: HistoryEntry) -> [Line] {
    let origin = entry.mutation.creation?.origin.map { line(RecordView.originField, $0, entry) }
    let heirs = entry.mutation.writes.compactMap(\.heir).map { line(HistoryLines.heirField, $0, entry) }
    return [origin].compactMap { $0 } + writes(of: entry) + heirs
  }

  private func line(_ field: String, _ place: RecordPlace, _ entry: HistoryEntry) -> Line {
    let words = output.words
    let text = output.text(place)
    let deed =
      field == HistoryLines.heirField
      ? words("把记录迁往\(text)", "moved the record to \(text)")
      : words("自\(text)迁来", "moved the record here from \(text)")
    return Line(
      json: json(entry, field: field, from: .null, to: .string(place.record.description), resolves: false),
      text: HistorySentence.text(deed, entry, output))
  }

  private func json(_ entry: HistoryEntry, field: String, from: JSON, to: JSON, resolves: Bool) -> JSON {
    .object([
      ("at", .string(Timestamp.text(entry.time))),
      ("office", .string(output.office(entry.change.log.node) ?? "")),
      ("operator", .optional(entry.operatorName.isEmpty ? nil : entry.operatorName)),
      ("field", .string(field)), ("from", from), ("to", to),
      ("change", .string("\(entry.change.log)/\(entry.change.n)")),
      ("resolves", .bool(resolves)), ("redacted", .bool(false)), ("reason", .null),
    ])
  }

  private mutating func writes(of entry: HistoryEntry) -> [Line] {
    var k = entry.firstK + (entry.mutation.creation == nil ? 0 : 1)
    return entry.mutation.writes.map { write in
      let (from, to) = values(write, entry)
      last[write.cell] = to
      let place = Place(Dot(change: entry.change, k: k))
      written[place] = to
      own[OwnCell(log: entry.change.log, cell: write.cell)] = place
      k += UInt32(write.content.dotCount)
      let field = write.cell == CellWrite.existenceCell ? "deleted" : view.code(ofCell: write.cell)
      let json = json(entry, field: field, from: from.json, to: to.json, resolves: entry.settles(write))
      let sentence = HistorySentence(
        output: output, kind: view.kind, entry: entry, write: write, field: field, from: from.text,
        to: to.text)
      return Line(json: json, text: sentence.text)
    }
  }

  /// That a field was redacted, by whom and why.
  func line(of stated: StatedRedaction) -> Line {
    let redaction = stated.redaction
    let number = redaction.member == 0 ? redaction.cell : redaction.member
    let field = view.kind?.fields.first { $0.number == number }?.code ?? "#\(number)"
    let json = JSON.object([
      ("at", .string(Timestamp.text(stated.time))), ("office", .string(output.office(stated.author) ?? "")),
      ("operator", .optional(stated.operatorName.isEmpty ? nil : stated.operatorName)),
      ("field", .string(field)), ("from", .null), ("to", .null),
      ("change", .string("\(stated.change.log)/\(stated.change.n)")), ("resolves", .bool(false)),
      ("redacted", .bool(true)), ("reason", .string(redaction.reason)),
    ])
    return Line(json: json, text: HistorySentence.redaction(stated, field: field, output, view.kind))
  }

  /// A set and a tally are told as they were before and after; of the others, what was written.
  private func values(_ write: CellWrite, _ entry: HistoryEntry) -> (from: Value, to: Value) {
    let sort = write.content.sort
    if sort == .set || sort == .tally {
      return (whole(entry.before, write.cell, sort), whole(entry.after, write.cell, sort))
    }
    let new = Value(
      json: output.json(write.content, cell: write.cell, kind: view.kind),
      text: output.text(write.content, cell: write.cell, kind: view.kind))
    guard entry.unseen(by: write).isEmpty else { return (seen(write, entry), new) }
    return (last[write.cell] ?? Value(), new)
  }

  /// What the author of a write saw there, who had not seen all.
  private func seen(_ write: CellWrite, _ entry: HistoryEntry) -> Value {
    let places =
      write.supersedes.map { Place($0) }
      + [own[OwnCell(log: entry.change.log, cell: write.cell)]].compactMap(\.self)
    return places.lazy.compactMap { written[$0] }.first ?? Value()
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
    let display = output.display
    return Value(
      json: output.json(value, of: kind.fields[i]), text: display.text(value, of: kind.fields[i]))
  }
}
