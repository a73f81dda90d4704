public import Campaign
public import Ledger
public import Store

/// A new record on its way, field by field: each answer is checked as it comes, and can be given anew.
public struct EntryForm: Sendable {
  public let kind: Kind
  /// Where the record will belong.
  public let space: Space
  public let pack: Pack
  /// The values so far.
  public private(set) var content: RecordContent
  private var answers: [String: String] = [:]
  private var warnings: [Finding] = []

  fileprivate init(kind: Kind, space: Space, pack: Pack) {
    self.kind = kind
    self.space = space
    self.pack = pack
    content = RecordContent(kind: kind)
  }

  /// The fields that a text can set, in the order of the kind.
  public var fields: [Field] { kind.fields.filter { $0.type != .attachment } }

  /// The words that a field takes; empty where any text will do.
  public func choices(_ field: Field) -> [Finding.Named] {
    (pack.list(of: field)?.entries ?? []).map { Finding.Named(code: $0.code, label: $0.label) }
  }

  /// What was answered, in the words that were typed; nil for nothing.
  public func answer(to field: Field) -> String? { answers[field.code] }

  /// Required fields without an answer.
  public var missing: [Field] { fields.filter { $0.isRequired && answers[$0.code] == nil } }

  /// What was answered, for `LocalNode.add`.
  public var operations: [EditDraft.Operation] {
    fields.compactMap { field in answers[field.code].map { .set(field.code, to: $0) } }
  }

  /// Takes one answer in the place of what was answered before; blanks leave the field empty.
  ///
  /// - Returns: what has to be told of it though it is taken.
  /// - Throws: `rejected` with what is wrong with it, then it is not taken.
  public mutating func answer(_ text: String, for field: Field) throws -> [Finding] {
    let isBlank = text.allSatisfy(\.isWhitespace)
    var next = self
    next.answers[field.code] = isBlank ? nil : text
    var operations = next.operations
    // Only then is it said that the field may not be empty.
    if isBlank, field.isRequired { operations.append(.set(field.code, to: "")) }
    do {
      let checked = try CheckedEdit(
        EditDraft(kind: kind, operations: operations, current: RecordContent(kind: kind), mode: .edit),
        pack: pack)
      next.content = checked.content
      next.warnings = checked.warnings
    } catch {
      throw NodeError.rejected(error.findings.filter { $0.severity == .error })
    }
    let known = warnings
    self = next
    return warnings.filter { !known.contains($0) }
  }
}

extension LocalNode {
  /// An empty form for a record of that kind and division.
  /// - Throws: what would refuse the record whatever its values are.
  public func form(kind name: String, division: String?, isNotice: Bool) throws -> EntryForm {
    let pack = try store.read { try $0.pack() }
    let kind = try pack.resolveKind(name).mapError { NodeError.unknownKind($0) }.get()
    let code = try self.division(division, pack)
    try requireScope(code, pack)
    return EntryForm(
      kind: kind, space: Space(division: code, section: isNotice ? .notices : .records), pack: pack)
  }

  /// Records that look like the same activity as what was entered, the likeliest first.
  public func suspects(like form: EntryForm) throws -> [RecordView] {
    try store.read { try $0.suspects(like: form.content, form.kind, in: form.space) }
  }
}
