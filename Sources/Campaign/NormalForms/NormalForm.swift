import Ledger

/// From what a person typed to the one normal form of it.
struct NormalForm {
  let lists: [CodeList]
  let period: Period

  /// - Returns: `.null` for a text of blanks.
  func value(_ text: String, as type: ValueType) throws(FormFault) -> Value {
    var contiguous = text
    return try contiguous.withUTF8 { (bytes) throws(FormFault) -> Value in
      if Blanks.trimmed(bytes).isEmpty { return .null }
      return try value(text, bytes, as: type)
    }
  }

  /// The elements that the text names, in their order, each once.
  func elements(_ text: String, as type: ValueType) throws(FormFault) -> [Value] {
    var contiguous = text
    return try contiguous.withUTF8 { (bytes) throws(FormFault) -> [Value] in
      let parts = SetForm.parts(bytes)
      var values: [Value] = []
      values.reserveCapacity(parts.count)
      for part in parts {
        let value = type.keepsItsText ? String(decoding: part, as: UTF8.self) : ""
        values.append(try self.value(value, part, as: type))
      }
      return SetForm.ordered(values)
    }
  }

  private func value(
    _ text: String, _ bytes: UnsafeBufferPointer<UInt8>, as type: ValueType
  ) throws(FormFault) -> Value {
    switch type {
    case .text: .text(try TextForm.text(text, bytes))
    case .date: .date(try DateForm.days(bytes, period))
    case .integer: .integer(try NumberForm.integer(bytes))
    case .decimal: .decimal(try NumberForm.decimal(bytes))
    case .money: .decimal(try NumberForm.money(bytes))
    case .flag: .flag(try FlagForm.flag(bytes))
    case .creditCode: .text(try CreditCodeForm.code(text, bytes))
    case .record: .record(try RecordForm.record(bytes))
    case .code(let list): .code(try CodeForm.code(bytes, lists[list]))
    case .attachment: throw FormFault(.notSettable)
    }
  }
}

extension ValueType {
  /// Whether the normal form may be the typed text itself.
  fileprivate var keepsItsText: Bool { self == .text || self == .creditCode }
}
