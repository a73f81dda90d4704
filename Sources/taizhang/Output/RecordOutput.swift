import Campaign
import Foundation
import Ledger
import Node
import Store

/// A record in JSON and on a terminal.
struct RecordOutput {
  let pack: Pack
  let names: [NodeID: String]
  private let labels: OfficeLabels
  let words: Words
  private let holders: HolderIndex

  init(_ snapshot: Snapshot, words: Words) throws {
    pack = try snapshot.pack()
    names = try snapshot.officeNames()
    labels = try OfficeLabels(snapshot)
    holders = HolderIndex(snapshot)
    self.words = words
  }

  /// Values as people read them.
  var display: DisplayForm { DisplayForm(pack: pack, language: words.labels, namesItemCodes: true) }

  func office(_ node: NodeID?) -> String? {
    guard let node else { return nil }
    return names[node] ?? String(node.description.prefix(12))
  }

  /// What people call an office; nothing where it is not known which.
  func label(_ node: NodeID?) -> String { node.map { labels[$0] } ?? "" }

  /// What people call a record's kind.
  func kindName(_ view: RecordView) -> String {
    view.kind?.label.text(in: words.labels) ?? view.kindName?.code ?? "?"
  }

  /// What people call a field or group, by its code.
  func name(ofField code: String, in kind: Kind?) -> String {
    if code == "deleted" { return words("删除", "Deleted") }
    if code == RecordView.originField { return words("迁自", "Moved from") }
    if code == HistoryLines.heirField { return words("迁往", "Moved to") }
    if code == "\(PairCell.links)" { return words("同一活动", "Same activity") }
    if code == "\(PairCell.dismissals)" { return words("不是同一活动", "Not the same activity") }
    if code == RecordView.wholeKindField, kind?.fieldIndex(code) == nil {
      let label = kind?.label.text(in: words.labels)
      return label.map { words("\($0)份数", "Number of records (\($0))") } ?? words("份数", "Number of records")
    }
    if code == "attachments", kind?.fieldIndex(code) == nil { return words("附件", "Attachments") }
    return kind?.label(ofCode: code)?.text(in: words.labels) ?? code
  }

  /// What people call a cell, by its number.
  func name(ofCell number: UInt32, in kind: Kind?) -> String {
    if number == Attachment.cell { return name(ofField: "attachments", in: kind) }
    let code = PairCell(rawValue: number).map { "\($0)" } ?? kind?.code(ofCell: number) ?? "#\(number)"
    return name(ofField: code, in: kind)
  }

  func json(_ view: RecordView, _ snapshot: Snapshot) throws -> JSON {
    var fields: [(String, JSON)] = []
    if let kind = view.kind, let content = view.content {
      for (field, value) in content.present(in: kind) where !value.isWhollyErased {
        fields.append((field.code, json(value, of: field)))
      }
    }
    let updated = try snapshot.updated(view)
    let held = try updated.map { try holders.holders(of: $0.dot.change) } ?? []
    let reasons = try snapshot.conflicts(of: view)
    var conflicts = view.conflicts
    for (field, _) in reasons where !conflicts.contains(field) { conflicts.append(field) }
    return .object([
      ("id", .string(view.id.description)), ("kind", .optional(view.kindName?.code)),
      ("division", .string(view.space.division.description)), ("fields", .object(fields)),
      ("conflicts", .strings(conflicts)), ("disputed", .strings(view.disputed(with: reasons))),
      ("marks", .strings(view.marks)),
      ("incomplete", .strings(view.incomplete)),
      ("redacted", .strings(view.redacted)), ("reappeared", .strings(try snapshot.reappeared(in: view))),
      ("deleted", .bool(view.existence == .deleted)),
      ("created_at", .optional(view.created.map { Timestamp.text($0.time) })),
      ("updated_at", .optional(updated.map { Timestamp.text($0.time) })),
      ("created_by", .optional(office(view.created?.author))),
      ("updated_by", .optional(office(updated?.author))),
      ("held_by", .strings(held.compactMap(office).sorted())),
    ])
  }

  func json(_ value: FieldValue, of field: Field) -> JSON {
    switch value {
    case .tally(let count): .number(count)
    case .set(let elements):
      .strings(
        elements.filter { $0 != .erased }.map { DisplayForm(pack: pack, language: .code).text($0, of: field) }
          .sorted())
    case .single(let value): json(value, of: field)
    }
  }

  private func json(_ value: Value, of field: Field) -> JSON {
    switch value {
    case .null, .erased: .null
    case .flag(let flag): .bool(flag)
    case .integer(let number): .number(number)
    default: .string(DisplayForm(pack: pack, language: .code).text(value, of: field))
    }
  }

  /// What a write holds, for conflicts and history; a group as an object of its fields.
  func json(_ content: WriteContent, cell: UInt32, kind: Kind?) -> JSON {
    switch content {
    case .register(let value), .tallyBase(let value):
      guard let kind, case .field(let i) = kind.slot(cell) else { return .null }
      return json(value, of: kind.fields[i])
    case .tallyIncrement(let step): return .number(step)
    case .elements(let values) where RecordOutput.isOfEveryKind(cell):
      return .strings(RecordOutput.names(values, cell: cell))
    case .elements(let values):
      guard let kind, case .field(let i) = kind.slot(cell) else { return .null }
      return .array(values.map { json($0, of: kind.fields[i]) })
    case .group(let members):
      guard let kind else { return .null }
      var content = RecordContent(kind: kind)
      content.show(group: members, cell: cell, of: kind)
      return .object(content.present(in: kind).map { ($0.field.code, json($0.value, of: $0.field)) })
    case .deletion: return .string("deleted")
    case .restoration: return .string("restored")
    case .candidates(let list): return .array(list.map { json($0.content, cell: cell, kind: kind) })
    }
  }

  func lines(_ view: RecordView, _ snapshot: Snapshot) throws -> [String] {
    var rows: [(String, String)] = [(words("编号", "ID"), view.id.description)]
    rows.append((words("类别", "Kind"), kindName(view)))
    rows.append((words("行政区划", "Division"), text(view.space.division)))
    rows += fieldRows(view, reappeared: Set(try snapshot.reappeared(in: view)))
    let attached = try attached(to: view, snapshot)
    if !attached.isEmpty {
      rows.append((name(ofField: "attachments", in: view.kind), attached.joined(separator: words("；", "; "))))
    }
    for cell in PairCell.allCases {
      let others = view.state.others(cell)
      guard !others.isEmpty else { continue }
      rows.append((name(ofField: "\(cell)", in: nil), others.map(\.description).joined(separator: ", ")))
    }
    if let origin = view.origin {
      rows.append((name(ofField: RecordView.originField, in: nil), text(origin)))
    }
    for heir in view.state.heirs {
      rows.append((name(ofField: HistoryLines.heirField, in: nil), text(heir)))
    }
    if view.existence != .present {
      rows.append(
        (
          words("状态", "State"),
          view.existence == .deleted ? words("已删除", "deleted") : words("删除有争议", "deletion disputed")
        ))
    }
    if !view.incomplete.isEmpty {
      let fields = view.incomplete.map { name(ofField: $0, in: view.kind) }
      rows.append(
        (
          words("等变更", "Incomplete"),
          words(
            "\(fields.joined(separator: "、"))：所依据的一项变更还没有收到，可能另有别的值",
            "\(fields.joined(separator: ", ")): a change that this rests on has not come; there may be other values"
          )
        ))
    }
    for (field, reason) in try snapshot.conflicts(of: view) where reason == .unique || reason == .invalid {
      rows.append(
        (
          words("冲突", "Conflict"),
          "\(name(ofField: field, in: view.kind))\(words("：", ": "))\(text(reason, at: field, in: view.kind))"
        ))
    }
    if !view.marks.isEmpty {
      let marks = view.marks.map { MarkWords(pack: pack, words: words).text($0, of: view.kind) }
      rows.append((words("标记", "Marks"), marks.joined(separator: words("；", "; "))))
    }
    if let created = view.created {
      rows.append(
        (words("录入", "Created"), "\(LocalTime.text(created.time)) \(label(created.author))"))
    }
    if let updated = try snapshot.updated(view), updated.dot.change != view.created?.dot.change {
      rows.append(
        (words("更新", "Updated"), "\(LocalTime.text(updated.time)) \(label(updated.author))"))
    }
    return RecordOutput.aligned(rows)
  }

  /// What is attached, and where each of it is.
  private func attached(to view: RecordView, _ snapshot: Snapshot) throws -> [String] {
    let all = try snapshot.attachments(of: view)
    guard !all.isEmpty else { return [] }
    let whereabouts = try AttachmentWhereabouts(snapshot)
    return try all.map { one in
      let place =
        AttachmentOutput.state(one, words)
        + AttachmentOutput.whereabouts(
          one, try whereabouts.holders(of: one), try whereabouts.knownHolders(of: one, in: view.space), words)
      return "\(one.attachment.name)\(words("：", ": "))\(place)"
    }
  }

  /// The fields that have a value; what is contested in them is marked.
  private func fieldRows(_ view: RecordView, reappeared: Set<String>) -> [(String, String)] {
    guard let kind = view.kind, let content = view.content else { return [] }
    var rows: [(String, String)] = []
    let contested = Set(view.conflicts)
    for (field, value) in content.present(in: kind) where field.type != .attachment {
      let code = kind.fieldIndex(field.code).map { view.code(ofCell: kind.cell(ofField: $0)) } ?? field.code
      let marks =
        (contested.contains(code) ? words("（有冲突）", " (conflict)") : "")
        + (reappeared.contains(field.code)
          ? words("（抹除后又有内容）", " (redacted, and holds something again)") : "")
      rows.append(
        ((field.label.text(in: words.labels) ?? field.code) + marks, display.text(value, of: field)))
    }
    return rows
  }

  /// What a record that is not kept yet would show.
  static func lines(_ form: EntryForm, _ words: Words) -> [String] {
    let display = DisplayForm(pack: form.pack, language: words.labels)
    let kind = form.kind.label.text(in: words.labels) ?? form.kind.code
    let division = form.pack.divisions[form.space.division]?.name ?? ""
    var rows = [
      (words("类别", "Kind"), kind), (words("行政区划", "Division"), "\(division) \(form.space.division)"),
    ]
    for (field, value) in form.content.present(in: form.kind) {
      rows.append((field.label.text(in: words.labels) ?? field.code, display.text(value, of: field)))
    }
    let marks = RuleCheck.marks(form.content, form.kind)
    if !marks.isEmpty {
      let texts = marks.map { MarkWords(pack: form.pack, words: words).text($0, of: form.kind) }
      rows.append((words("标记", "Marks"), texts.joined(separator: words("；", "; "))))
    }
    return aligned(rows)
  }

  private static func aligned(_ rows: [(String, String)]) -> [String] {
    let width = rows.map { DisplayWidth.of($0.0) }.max() ?? 0
    return rows.map { DisplayWidth.padded($0.0, to: width) + "  " + SafeText.line($0.1) }
  }
}

extension RecordOutput {
  /// A division by its name, where the pack has it, and its code.
  func text(_ division: DivisionCode) -> String {
    pack.divisions[division].map { "\($0.name) \(division)" } ?? "\(division)"
  }

  /// Where a record was before it was moved, or went to.
  func text(_ place: RecordPlace) -> String {
    "\(place.record)\(words("（", " ("))\(text(place.space.division))\(words("）", ")"))"
  }

  /// Why a conflict is open that is shown at a field.
  func text(_ reason: ConflictReason, at field: String, in kind: Kind?) -> String {
    if reason == .unique, field == RecordView.originField {
      return words("同一记录被分别迁往两处", "one record was moved to two places apart")
    }
    guard reason == .unique, kind?.isUniquePerOffice(at: field) == true else { return text(reason) }
    return words("每个单位只报一份", "one an office, and there are several")
  }

  /// Why a conflict is open.
  func text(_ reason: ConflictReason) -> String {
    switch reason {
    case .concurrent: words("各自修改（未见对方）", "changed apart, unseen by each other")
    case .deleted: words("删除与保留各自作出（未见对方）", "deleted here and kept or edited there, unseen by each other")
    case .invalid: words("合并后不合规则", "a rule breaks after merge")
    case .unique: words("应唯一的值重复", "a unique value occurs twice")
    }
  }
}

/// RFC 3339 UTC with milliseconds, without a formatter: it is on the way of every record.
enum Timestamp {
  /// The years that four digits can say. What a clock set wrong, or a liar, puts beyond is shown as their end.
  private static let sayable: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

  static func sayable(_ milliseconds: Int64) -> Int64 {
    min(max(milliseconds, sayable.lowerBound), sayable.upperBound)
  }

  static func text(_ milliseconds: Int64) -> String {
    let milliseconds = sayable(milliseconds)
    let day = Int32(clamping: milliseconds.flooredQuotient(86_400_000))
    var rest = milliseconds - Int64(day) * 86_400_000
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let hours = rest / 3_600_000
    rest %= 3_600_000
    let (minutes, seconds, fraction) = (rest / 60_000, rest % 60_000 / 1000, rest % 1000)
    let thousandths = String(1000 + fraction).dropFirst()
    return "\(CivilDate(days: day))T\(two(hours)):\(two(minutes)):\(two(seconds)).\(thousandths)Z"
  }

  /// To the minute, for files that travel; UTC.
  static func minute(_ milliseconds: Int64) -> String {
    String(text(milliseconds).prefix(16)).replacing("T", with: " ")
  }

  static func seconds(_ seconds: Int64) -> String { text(milliseconds(seconds)) }

  /// - Parameter seconds: as certificates have them, of any size.
  static func milliseconds(_ seconds: Int64) -> Int64 {
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    return overflow ? (seconds < 0 ? .min : .max) : milliseconds
  }
}

extension Int64 {
  func flooredQuotient(_ divisor: Int64) -> Int64 {
    self / divisor - (self % divisor < 0 ? 1 : 0)
  }
}
