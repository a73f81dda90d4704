import Campaign
import Ledger
import Store

/// What a write holds, in words.
extension RecordOutput {
  /// - Returns: empty where it holds nothing.
  func text(_ content: WriteContent, cell: UInt32, kind: Kind?) -> String {
    switch content {
    case .register(let value), .tallyBase(let value):
      guard let kind, case .field(let i) = kind.slot(cell) else { return "" }
      return display.text(value, of: kind.fields[i])
    case .tallyIncrement(let step): return step < 0 ? "\(step)" : "+\(step)"
    case .elements(let values) where RecordOutput.isOfEveryKind(cell):
      return RecordOutput.names(values, cell: cell).joined(separator: words("、", ", "))
    case .elements(let values):
      guard let kind, case .field(let i) = kind.slot(cell) else { return "" }
      return display.text(.set(values), of: kind.fields[i])
    case .group(let members):
      guard let kind else { return "" }
      var content = RecordContent(kind: kind)
      content.show(group: members, cell: cell, of: kind)
      return content.present(in: kind).map { field, value in
        "\(field.label.text(in: words.labels) ?? field.code) \(display.text(value, of: field))"
      }.joined(separator: words("，", ", "))
    case .deletion: return words("删除", "delete it")
    case .restoration: return words("保留", "keep it")
    case .candidates(let list):
      return list.map { shown(text($0.content, cell: cell, kind: kind)) }.joined(separator: words("、", ", "))
    }
  }

  /// Whether a cell is one that every kind has: attachments, or other records.
  static func isOfEveryKind(_ cell: UInt32) -> Bool {
    cell == Attachment.cell || PairCell(rawValue: cell) != nil
  }

  /// What the elements of such a cell are called: attachments by their names, records by their ids.
  static func names(_ values: [Value], cell: UInt32) -> [String] {
    if cell == Attachment.cell { return values.compactMap { Attachment($0)?.name } }
    return values.compactMap { if case .record(let id) = $0 { id.description } else { nil } }
  }

  /// What a record goes by.
  func heading(_ view: RecordView) -> String {
    guard let kind = view.kind, let content = view.content, let heading = kind.heading else { return "" }
    return DisplayForm(pack: pack, language: words.labels).text(
      content[field: heading], of: kind.fields[heading])
  }

  /// A value in a sentence; an empty one by a word of its own.
  func shown(_ text: String) -> String { text.isEmpty ? emptyWord : quoted(text) }

  var emptyWord: String { words("（空）", "(empty)") }

  func quoted(_ text: String) -> String { words("“\(text)”", "\"\(text)\"") }
}
