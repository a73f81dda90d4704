public import Campaign
internal import Ledger
internal import Store

/// A new record on its way, field by field: each answer is checked as it comes.
public struct EntryForm: Sendable {
  public let kind: Kind
  private let pack: Pack
  private var content: RecordContent
  /// What was answered, for `LocalNode.add`.
  public private(set) var operations: [EditDraft.Operation] = []

  fileprivate init(kind: Kind, pack: Pack) {
    self.kind = kind
    self.pack = pack
    content = RecordContent(kind: kind)
  }

  /// The fields that a text can set, in the order of the kind.
  public var fields: [Field] { kind.fields.filter { $0.type != .attachment } }

  /// The words that a field takes; empty where any text will do.
  public func choices(_ field: Field) -> [Finding.Named] {
    (pack.list(of: field)?.entries ?? []).map { Finding.Named(code: $0.code, label: $0.label) }
  }

  /// Takes one answer; blanks leave the field empty.
  ///
  /// - Returns: what has to be told of it though it is taken.
  /// - Throws: `rejected` with what is wrong with it, then it is not taken.
  public mutating func answer(_ text: String, for field: Field) throws -> [Finding] {
    let isBlank = text.allSatisfy(\.isWhitespace)
    if isBlank, !field.isRequired { return [] }
    let wish = EditDraft.Operation.set(field.code, to: text)
    do {
      let checked = try CheckedEdit(
        EditDraft(kind: kind, operations: [wish], current: content, mode: .edit), pack: pack)
      content = checked.content
      operations.append(wish)
      return checked.warnings
    } catch {
      throw NodeError.rejected(error.findings)
    }
  }
}

extension LocalNode {
  /// An empty form for a record of that kind and division.
  /// - Throws: what would refuse the record whatever its values are.
  public func form(kind name: String, division: String?) throws -> EntryForm {
    let pack = try store.read { try $0.pack() }
    let kind = try pack.resolveKind(name).mapError { NodeError.unknownKind($0) }.get()
    try requireScope(try self.division(division, pack), pack)
    return EntryForm(kind: kind, pack: pack)
  }
}
