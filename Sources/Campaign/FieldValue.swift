public import Ledger

/// What a field of a record holds, as it is shown.
public enum FieldValue: Hashable, Sendable {
  case single(Value)
  /// In the one order, each element once.
  case set([Value])
  case tally(Int64)

  /// The single value, if it is one.
  public var value: Value? { if case .single(let value) = self { value } else { nil } }

  /// The elements, if it is a set.
  public var elements: [Value]? { if case .set(let elements) = self { elements } else { nil } }

  /// Whether it is, or holds, a text that was erased.
  public var isErased: Bool {
    switch self {
    case .single(let value): value == .erased
    case .set(let elements): elements.contains(.erased)
    case .tally: false
    }
  }

  /// Whether nothing of it is left.
  public var isWhollyErased: Bool {
    switch self {
    case .single(let value): value == .erased
    case .set(let elements): !elements.isEmpty && elements.allSatisfy { $0 == .erased }
    case .tally: false
    }
  }

  /// A number to compare and add up: of a tally, an integer or an amount.
  var number: ScaledNumber? {
    switch self {
    case .tally(let count), .single(.integer(let count)): ScaledNumber(mantissa: count, scale: 0)
    case .single(.decimal(let text)): ScaledNumber(text)
    case .single(.date(let days)): ScaledNumber(mantissa: Int64(days), scale: 0)
    default: nil
    }
  }

  /// As a member of a group, which holds one value a field: a set's codes stand in one, parted by commas.
  var packed: Value {
    switch self {
    case .single(let value): return value
    case .tally(let count): return .integer(count)
    case .set(let elements):
      let codes = elements.compactMap { if case .code(let code) = $0 { code } else { nil } }
      return .code(codes.joined(separator: ","))
    }
  }

  /// The inverse of `packed`; nil for no value.
  init?(packed value: Value, form: FieldForm) {
    if value == .null { return nil }
    guard form == .set, case .code(let codes) = value else {
      self = .single(value)
      return
    }
    self = .set(codes.split(separator: ",").map { .code(String($0)) })
  }
}
