public import Ledger

/// The shown values of a record of one kind, by the positions of the kind's fields. What a newer pack's
/// fields hold is not here: the ledger keeps it.
public struct RecordContent: Hashable, Sendable {
  private var values: [FieldValue?]

  /// A record of the kind with no value in it.
  public init(kind: Kind) {
    values = Array(repeating: nil, count: kind.fields.count)
  }

  /// The value of the field at a position; nil for none. An emptied field, an empty set are none.
  public subscript(field i: Int) -> FieldValue? {
    @inline(__always) get { values[i] }
    @inline(__always) set {
      switch newValue {
      case .single(.null), .set([]): values[i] = nil
      default: values[i] = newValue
      }
    }
  }

  /// The value of the field with that code; nil for none.
  public subscript(code: String, in kind: Kind) -> FieldValue? {
    kind.fieldIndex(code).flatMap { values[$0] }
  }

  /// The value, or what is understood where nothing is said.
  public func effective(field i: Int, in kind: Kind) -> FieldValue? {
    values[i] ?? kind.fields[i].defaultValue.map { .single($0) }
  }

  /// The fields that have a value, in the kind's order.
  public func present(in kind: Kind) -> [(field: Field, value: FieldValue)] {
    values.indices.compactMap { i in values[i].map { (kind.fields[i], $0) } }
  }
}

extension RecordContent {
  /// Takes in the shown value of a register.
  /// - Returns: false where the kind has no such field; nothing is then taken in.
  @discardableResult
  public mutating func show(register value: Value, cell: UInt32, of kind: Kind) -> Bool {
    guard case .field(let i) = kind.slot(cell) else { return false }
    self[field: i] = .single(value)
    return true
  }

  /// Takes in the shown members of a group; members that the kind does not know are passed over.
  /// - Returns: false where the kind has no such group.
  @discardableResult
  public mutating func show(group members: [GroupMember], cell: UInt32, of kind: Kind) -> Bool {
    guard case .group = kind.slot(cell) else { return false }
    for member in members {
      guard case .member(let i) = kind.slot(member.field) else { continue }
      self[field: i] = FieldValue(packed: member.value, form: kind.fields[i].form)
    }
    return true
  }

  /// Takes in the shown elements of a set, in any order.
  @discardableResult
  public mutating func show(set elements: [Value], cell: UInt32, of kind: Kind) -> Bool {
    guard case .field(let i) = kind.slot(cell) else { return false }
    self[field: i] = .set(SetForm.ordered(elements))
    return true
  }

  /// Takes in the shown count of a tally; nil for none.
  @discardableResult
  public mutating func show(tally count: Int64?, cell: UInt32, of kind: Kind) -> Bool {
    guard case .field(let i) = kind.slot(cell) else { return false }
    self[field: i] = count.map { .tally($0) }
    return true
  }

  /// A group's members that have a value, as a change carries them.
  public func members(of group: FieldGroup, in kind: Kind) -> [GroupMember] {
    group.members.compactMap { i in
      values[i].map { GroupMember(field: kind.fields[i].number, value: $0.packed) }
    }
  }
}

extension RecordContent {
  /// The values of some fields as bytes: equal exactly where the values are equal. A field without a value
  /// has a place too.
  public func key(of fields: [Int]) -> [UInt8] { key(of: fields, { $0 }, elements: { $0 }) }

  /// The same for what counts as one value: texts that differ in width, in case or in the shape of brackets alone are
  /// equal (document numbers are typed 〔2025〕, ［2025］ and [2025]).
  func foldedKey(of fields: [Int]) -> [UInt8] {
    // Elements may have come to be in another order by it, or to be one.
    key(of: fields, RecordContent.folded) { SetForm.ordered($0.map(RecordContent.folded)) }
  }

  private static func folded(_ value: Value) -> Value {
    guard case .text(let text) = value else { return value }
    return .text(Folding.withOneBracket(text))
  }

  private func key(
    of fields: [Int], _ form: (Value) -> Value, elements formed: ([Value]) -> [Value]
  ) -> [UInt8] {
    var out = ByteWriter(capacity: 64)
    for i in fields {
      switch values[i] {
      case nil: out.write(byte: 0)
      case .single(let value):
        out.write(byte: 1)
        RecordContent.write(form(value), to: &out)
      case .set(let elements):
        let elements = formed(elements)
        out.write(byte: 2)
        out.write(varint: UInt64(elements.count))
        for element in elements { RecordContent.write(element, to: &out) }
      case .tally(let count):
        out.write(byte: 3)
        out.write(varint: zigZag(count))
      }
    }
    return out.bytes
  }

  private static func write(_ value: Value, to out: inout ByteWriter) {
    out.write(byte: value.shape)
    value.writePayload(to: &out)
  }

  /// What tells an imported row from others that have no number of their own; nil where none of the
  /// kind's identity fields has a value.
  public func identityKey(in kind: Kind) -> [UInt8]? {
    guard kind.identity.contains(where: { values[$0] != nil }) else { return nil }
    return key(of: kind.identity)
  }
}
