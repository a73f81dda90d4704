internal import Campaign
internal import Ledger

/// The columns that list and search filter by.
struct DerivedColumns {
  var kind: String?
  var date: Int64?
  var items: String?
  var flags: Int64

  static let deleted: Int64 = 1
  static let conflicted: Int64 = 2
  static let marked: Int64 = 4
  static let incomplete: Int64 = 8
  /// A field of it is erased, and holds something beside.
  static let reappeared: Int64 = 16

  init(_ record: FreshRecord, _ roles: KindRoles) {
    kind = record.kindName.code
    flags = 0
    guard let kind = record.kind, let content = record.content else { return }
    if RuleCheck.hasMarks(content, kind) { flags = DerivedColumns.marked }
    read(content, kind, roles)
  }

  init(_ view: RecordView, _ roles: KindRoles) {
    kind = view.kindName?.code
    var flags: Int64 = 0
    if view.existence == .deleted { flags |= DerivedColumns.deleted }
    if !view.contested.isEmpty || view.existence == .disputed || !view.invalid.isEmpty {
      flags |= DerivedColumns.conflicted
    }
    if !view.marks.isEmpty { flags |= DerivedColumns.marked }
    if view.isIncomplete { flags |= DerivedColumns.incomplete }
    if !view.reappeared.isEmpty { flags |= DerivedColumns.reappeared }
    self.flags = flags
    if let kind = view.kind, let content = view.content { read(content, kind, roles) }
  }

  private mutating func read(_ content: RecordContent, _ kind: Kind, _ roles: KindRoles) {
    if case .single(.date(let days))? = roles[kind].date.flatMap({ content[field: $0] }) {
      date = Int64(days)
    }
    if case .set(let elements)? = roles[kind].items.flatMap({ content[field: $0] }) {
      items = elements.reduce(into: ";") { text, element in
        if case .code(let code) = element { text += code + ";" }
      }
    }
  }
}
