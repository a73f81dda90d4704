import Ledger

/// From what a person typed to the one normal form of it.
final class NormalForm: Sendable {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  let lists: [CodeList]
  let period: Period
  /// Where a bare number is meant as a day (`DateForm`).
  private let spreadsheetDays: ClosedRange<Int32>

  init(lists: [CodeList], period: Period) {
    self.lists = lists
    self.period = period
    spreadsheetDays = period.spreadsheetDays
  }

  /// - Returns: `.null` for a text of blanks.
  func value(_ text: String, as type: ValueType) throws(FormFault) -> Value {
    try text.withBytes { (bytes) throws(FormFault) -> Value in
      try value(bytes, spelled: text, as: type)
    }
  }

  /// - Parameter text: the same as a string, where there is one already: text that needs no trimming is
  ///   then kept as it is and not copied.
  /// - Returns: `.null` for a text of blanks.
  func value(_ bytes: Bytes, spelled text: String? = nil, as type: ValueType) throws(FormFault) -> Value {
    if Blanks.trimmed(bytes).isEmpty { return .null }
    switch type {
    case .text: return .text(try TextForm.text(bytes, spelled: text))
    case .date: return .date(try DateForm.days(bytes, spreadsheetDays))
    case .integer: return .integer(try NumberForm.integer(bytes))
    case .decimal: return .decimal(try NumberForm.decimal(bytes))
    case .money: return .decimal(try NumberForm.money(bytes))
    case .flag: return .flag(try FlagForm.flag(bytes))
    case .creditCode: return .code(try CreditCodeForm.code(bytes))
    case .record: return .record(try RecordForm.record(bytes))
    case .code(let list): return .code(try CodeForm.code(bytes, list, of: lists))
    case .attachment: throw FormFault(.notSettable)
    }
  }

  /// The elements that the text names, in the one order, each once.
  func elements(_ bytes: Bytes, as type: ValueType) throws(FormFault) -> [Value] {
    if let only = SetForm.onlyPart(bytes) {
      let value = try value(only, as: type)
      return value == .null ? [] : [value]
    }
    let parts = SetForm.parts(bytes)
    var values: [Value] = []
    values.reserveCapacity(parts.count)
    for part in parts { values.append(try value(part, as: type)) }
    return SetForm.ordered(values)
  }
}
