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
      var told: Set<Redaction> = []
      // What a ruling of the region left out was said again.
      let redactions = try snapshot.redactions().filter {
        $0.redaction.record == view.id && $0.redaction.space == view.space
          && told.insert($0.redaction).inserted
      }
      let lines = HistoryLines(
        view: view, output: try RecordOutput(snapshot, words: printer.words),
        erased: Set(redactions.flatMap { $0.redaction.erased.map(\.change) }))
      let stated =
        redactions.map { lines.order(of: $0) }
        + (try snapshot.erasures(of: view)).map { lines.order(of: $0.stated, $0.attachments) }
      func print(_ line: HistoryLines.Line) {
        if common.json { printer.json(line.json) } else { printer.data(SafeText.line(line.text)) }
      }
      let history = try snapshot.history(of: view)
      let places = StatedPlaces(stated, among: history.places)
      for (index, entry) in history.enumerated() {
        lines.lines(of: entry).forEach(print)
        places.behind(index).forEach(print)
      }
    }
  }
}

/// The lines of a record's history, a field of a change each.
struct HistoryLines {
  let view: RecordView
  let output: RecordOutput
  /// The changes that redactions of the record name.
  let erased: Set<ChangeRef>

  struct Line {
    var json: JSON
    var text: String
  }

  /// What an office above ordered of the record, and the changes that it concerns.
  struct Order {
    var time: Int64
    var change: ChangeRef
    var named: Set<ChangeRef>
    var line: Line
  }

  func order(of stated: StatedRedaction) -> Order {
    Order(
      time: stated.time, change: stated.change, named: Set(stated.redaction.erased.map(\.change)),
      line: line(of: stated))
  }

  func order(of stated: StatedErasure, _ attachments: [AttachmentView]) -> Order {
    Order(
      time: stated.time, change: stated.change, named: Set(attachments.map(\.change)),
      line: line(of: stated, name: attachments.first?.attachment.name ?? ""))
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
  func lines(of entry: HistoryEntry) -> [Line] {
    let origin = entry.creation?.origin.map { line(RecordView.originField, $0, entry) }
    // A deletion that takes the place of another names the heir of that one as well: nothing moved by it.
    let heirs = entry.writes.compactMap(\.write.heir).filter { !entry.before.heirs.contains($0) }.map {
      line(HistoryLines.heirField, $0, entry)
    }
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

  private func json(
    _ entry: HistoryEntry, field: String, from: JSON, to: JSON, resolves: Bool, changes: SetChanges? = nil
  ) -> JSON {
    .object([
      ("at", .string(Timestamp.text(entry.time))),
      ("office", .string(output.office(entry.change.log.node) ?? "")),
      ("operator", .optional(entry.operatorName.isEmpty ? nil : entry.operatorName)),
      ("field", .string(field)), ("from", from), ("to", to),
      ("change", .string("\(entry.change.log)/\(entry.change.n)")),
      ("resolves", .bool(resolves)),
      ("rule", .optional(resolves ? entry.rule.map { "\($0)" } : nil)), ("redacted", .bool(false)),
      ("reason", .null), ("added", changes.map { .array($0.added.map(\.json)) } ?? .null),
      ("removed", changes.map { .array($0.removed.map(\.json)) } ?? .null),
    ])
  }

  private func writes(of entry: HistoryEntry) -> [Line] {
    entry.writes.map { write in
      let (from, to) = values(write, entry)
      let cell = write.write.cell
      let field = cell == CellWrite.existenceCell ? "deleted" : view.code(ofCell: cell)
      let changes = changes(write, entry)
      let isErasing = write.write.content.holdsErased && !erased.contains(entry.change)
      let json = json(
        entry, field: field, from: from.json, to: to.json,
        resolves: write.settles && !(isErasing && write.write.content.sort == .register), changes: changes)
      let sentence = HistorySentence(
        output: output, kind: view.kind, entry: entry, told: write, field: field, from: from.text,
        to: to.text, changes: changes?.keepsSome == true ? changes : nil,
        isErasing: isErasing)
      return Line(json: json, text: sentence.text)
    }
  }

  /// That the content of an attachment was erased, by whom and why.
  private func line(of stated: StatedErasure, name: String) -> Line {
    let json = JSON.object([
      ("at", .string(Timestamp.text(stated.time))), ("office", .string(output.office(stated.author) ?? "")),
      ("operator", .optional(stated.operatorName.isEmpty ? nil : stated.operatorName)),
      ("field", .string(view.code(ofCell: Attachment.cell))), ("from", .string(name)), ("to", .null),
      ("change", .string("\(stated.change.log)/\(stated.change.n)")), ("resolves", .bool(false)),
      ("rule", .null), ("redacted", .bool(true)), ("reason", .string(stated.erasure.reason)),
      ("added", .null), ("removed", .null),
    ])
    return Line(json: json, text: HistorySentence.erasure(stated, name: name, output))
  }

  /// That a field was redacted, by whom and why.
  private func line(of stated: StatedRedaction) -> Line {
    let redaction = stated.redaction
    let number = redaction.member == 0 ? redaction.cell : redaction.member
    let field =
      redaction.cell == Attachment.cell
      ? "attachments" : view.kind?.fields.first { $0.number == number }?.code ?? "#\(number)"
    let json = JSON.object([
      ("at", .string(Timestamp.text(stated.time))), ("office", .string(output.office(stated.author) ?? "")),
      ("operator", .optional(stated.operatorName.isEmpty ? nil : stated.operatorName)),
      ("field", .string(field)), ("from", .null), ("to", .null),
      ("change", .string("\(stated.change.log)/\(stated.change.n)")), ("resolves", .bool(false)),
      ("rule", .null), ("redacted", .bool(true)), ("reason", .string(redaction.reason)),
      ("added", .null), ("removed", .null),
    ])
    return Line(json: json, text: HistorySentence.redaction(stated, field: field, output, view.kind))
  }

  /// A set and a tally are told as they were before and after; of the others, what was written.
  private func values(_ told: HistoryWrite, _ entry: HistoryEntry) -> (from: Value, to: Value) {
    let write = told.write
    let sort = write.content.sort
    if sort == .set || sort == .tally {
      return (whole(entry.before, write.cell, sort), whole(entry.after, write.cell, sort))
    }
    if sort == .existence {
      // Whether the record is deleted is a yes or a no, as conflicts tell it and take it.
      return (
        Value(json: .bool(entry.before.existence == .deleted)), Value(json: .bool(write.content == .deletion))
      )
    }
    return (
      told.seen.last.map { value($0.content, write.cell) } ?? Value(), value(write.content, write.cell)
    )
  }

  /// What went into a set and out of it; nil of other cells.
  private func changes(_ told: HistoryWrite, _ entry: HistoryEntry) -> SetChanges? {
    guard told.write.content.sort == .set else { return nil }
    func elements(_ state: RecordState) -> [SetChanges.Element] {
      let cell = told.write.cell
      if let pair = PairCell(rawValue: cell) { return state.others(pair).map { .init($0.description) } }
      if cell == Attachment.cell {
        return state.attachments.map {
          .init($0.attachment.name, key: "\($0.attachment.content) \($0.attachment.name)")
        }
      }
      guard let kind = view.kind, case .field(let i) = kind.slot(cell) else { return [] }
      let shown = state.cell(cell, .set)?.shown(rule: .latest, rank: { _ in 0 })
      return (shown?.elements ?? []).map {
        SetChanges.Element(
          output.display.text(.set([$0]), of: kind.fields[i]),
          output.json(.register($0), cell: cell, kind: kind))
      }
    }
    let (before, after) = (elements(entry.before), elements(entry.after))
    let (old, new) = (Set(before.map(\.key)), Set(after.map(\.key)))
    return SetChanges(
      added: after.filter { !old.contains($0.key) }, removed: before.filter { !new.contains($0.key) },
      keepsSome: !old.isDisjoint(with: new) && old != new)
  }

  private func value(_ content: WriteContent, _ cell: UInt32) -> Value {
    Value(
      json: output.json(content, cell: cell, kind: view.kind),
      text: output.text(content, cell: cell, kind: view.kind))
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

/// Where redactions and erasures are told among a record's changes: behind those that they name, and by their time.
private struct StatedPlaces {
  private var byEntry: [Int: [HistoryLines.Line]] = [:]

  init(_ orders: [HistoryLines.Order], among entries: [RecordHistory.Place]) {
    for order in orders.sorted(by: { ($0.time, $0.change) < ($1.time, $1.change) }) {
      let last = entries.lastIndex { order.named.contains($0.change) || $0.time <= order.time }
      byEntry[last ?? 0, default: []].append(order.line)
    }
  }

  func behind(_ index: Int) -> [HistoryLines.Line] { byEntry[index] ?? [] }
}
