public import Ledger

/// From a value to what people read and files hold; `NormalForm` reads every such text back, but for plan items with
/// their codes.
public struct DisplayForm: Sendable {
  private let pack: Pack
  private let language: LabelLanguage
  private let namesItemCodes: Bool

  /// - Parameter namesItemCodes: whether the label of a plan item stands behind its code, as the plan is cited.
  public init(pack: Pack, language: LabelLanguage, namesItemCodes: Bool = false) {
    self.pack = pack
    self.language = language
    self.namesItemCodes = namesItemCodes
  }

  /// The text of a field's value; empty for none.
  public func text(_ value: FieldValue?, of field: Field) -> String {
    switch value {
    case nil: ""
    case .single(let value): text(value, of: field)
    case .tally(let count): String(count)
    case .set(let elements):
      shown(elements).map { text($0, of: field) }.joined(separator: language == .chinese ? "；" : ";")
    }
  }

  /// In a file an erased element is no element beside others.
  private func shown(_ elements: [Value]) -> [Value] {
    guard language == .code, elements.contains(.erased) else { return elements }
    let left = elements.filter { $0 != .erased }
    return left.isEmpty ? [.erased] : left
  }

  /// The text of one value of a field: days as `YYYY-MM-DD`, money with two decimals, codes by their label.
  public func text(_ value: Value, of field: Field) -> String {
    switch value {
    case .null: ""
    case .flag(let flag):
      switch (language, flag) {
      case (.chinese, true): "是"
      case (.chinese, false): "否"
      case (_, true): "yes"
      case (_, false): "no"
      }
    case .integer(let number): String(number)
    case .date(let days): CivilDate(days: days).description
    case .decimal(let number): field.type == .money ? DisplayForm.money(number) : number
    case .record(let id): id.description
    case .text(let text): text
    case .code(let code): label(code, of: field)
    case .erased: ErasedWord.text(in: language)
    case .unknown: ""
    }
  }

  private func label(_ code: String, of field: Field) -> String {
    guard language != .code, let list = pack.list(of: field), let entry = list.entry(code: code),
      let label = entry.label.text(in: language)
    else { return code }
    return namesItemCodes && list.name == Pack.itemList && label != code ? "\(code) \(label)" : label
  }

  /// An amount with two decimals.
  public static func money(_ decimal: String) -> String {
    guard let point = decimal.utf8.firstIndex(of: UInt8(ascii: ".")) else { return decimal + ".00" }
    let decimals = decimal.utf8.distance(from: point, to: decimal.utf8.endIndex) - 1
    return decimals < 2 ? decimal + String(repeating: "0", count: 2 - decimals) : decimal
  }
}
