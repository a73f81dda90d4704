public import Ledger

/// A rule of a kind over its fields (positions in the kind's `fields`).
public enum Rule: Hashable, Sendable {
  /// The first is at most the second.
  case notGreater(Int, than: Int)
  /// The first day is not before the second.
  case notBefore(Int, than: Int)
  /// The day lies in the campaign's period or the days around it; else a warning.
  case inPeriod(Int)
  /// No other record of the kind has the same values; nothing is said of records that lack one.
  case unique([Int])
  /// No other record of the same office and kind has the same values.
  case uniquePerOffice([Int])
  /// A fact that is accepted and pointed out.
  case mark(String, when: Condition)

  /// The fields that the rule looks at.
  public var fields: [Int] {
    switch self {
    case .notGreater(let a, let b), .notBefore(let a, let b): [a, b]
    case .inPeriod(let i): [i]
    case .unique(let list), .uniquePerOffice(let list): list
    case .mark(_, let condition): [condition.field]
    }
  }
}

/// A test of one field: `fee_charged > 0`, `voluntary = no`. A field without a value is tested by its
/// default, and fails every test without one.
public struct Condition: Hashable, Sendable {
  public enum Comparison: UInt8, Hashable, Sendable, CaseIterable {
    case equal
    case notEqual
    case less
    case greater
    case notGreater
    case notLess
  }

  public let field: Int
  public let comparison: Comparison
  public let value: Value
}
