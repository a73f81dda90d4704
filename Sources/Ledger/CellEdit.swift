/// What a person (or an import) wants of one cell, before it is known which writes it supersedes.
///
/// Cell numbers are the pack's numbers of fields and groups within the record's kind; number 0 is the
/// record's own existence and is never a field.
public enum CellEdit: Hashable, Sendable {
  /// A register gets a value (`.null` empties it).
  case register(cell: UInt32, value: Value)
  /// A group gets these members; members it does not name keep the value of the write it replaces.
  case group(cell: UInt32, members: [GroupMember])
  /// A set ends up with exactly these elements.
  case setExactly(cell: UInt32, elements: [Value])
  /// Elements are added to and taken out of a set.
  case setChange(cell: UInt32, add: [Value], remove: [Value])
  /// A tally gets a base: a counted total, or `.null`.
  case tallyBase(cell: UInt32, value: Value)
  /// A tally is added to.
  case tallyIncrement(cell: UInt32, by: Int64)

  public var cell: UInt32 {
    switch self {
    case .register(let cell, _), .group(let cell, _), .setExactly(let cell, _), .setChange(let cell, _, _),
      .tallyBase(let cell, _), .tallyIncrement(let cell, _):
      cell
    }
  }
}

/// One member field of a group's value, by its field number in the pack.
public struct GroupMember: Hashable, Sendable {
  public var field: UInt32
  public var value: Value

  public init(field: UInt32, value: Value) {
    self.field = field
    self.value = value
  }
}
