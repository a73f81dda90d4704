public import Ledger

/// What sort of value a field holds.
public enum ValueType: Hashable, Sendable {
  case text
  case date
  case integer
  case decimal
  /// A `Value.decimal` of at most two decimals, never negative.
  case money
  case flag
  case creditCode
  case record
  /// An entry of the pack's code list at that position.
  case code(list: Int)
  /// What `attach` records; never set by hand.
  case attachment
}

/// How many values a field holds.
public enum FieldForm: UInt8, Hashable, Sendable {
  case single
  case set
  /// A count that several offices add to.
  case tally
}

/// A field of a kind.
public struct Field: Hashable, Sendable {
  /// Its number within the kind, for ever: the cell's number in a change, or the member's in a group.
  public let number: UInt32
  public let code: String
  public let label: Label
  /// What else a ledger's column may be called.
  public let aliases: [String]
  public let type: ValueType
  public let form: FieldForm
  public let isRequired: Bool
  public let mergeRule: MergeRule
  /// The group it is a member of: a position in the kind's `groups`.
  public let group: Int?
  /// What is understood where nothing is said. Never written to a change.
  public let defaultValue: Value?
  /// What an import takes where the whole file lacks the column.
  public let importDefault: Value?
  public let minimum: Int64?
  /// Of attachments: the largest that may be attached, in bytes; nil: as large as the protocol allows. What others have
  /// attached is kept whatever it says.
  public let maximumByteCount: Int?
}

/// Fields that mean something only together: they merge as one.
public struct FieldGroup: Hashable, Sendable {
  /// The number of its cell within the kind.
  public let number: UInt32
  public let code: String
  public let label: Label
  public let mergeRule: MergeRule
  /// Positions in the kind's `fields`.
  public let members: [Int]
}
