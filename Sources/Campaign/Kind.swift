public import Ledger

/// A kind of record: its fields and its rules.
public struct Kind: Hashable, Sendable {
  /// What a number of the kind stands for.
  public enum Slot: Hashable, Sendable {
    /// No such number in this version of the pack.
    case unknown
    /// A cell of one field; its position in `fields`.
    case field(Int)
    /// A member of a group; its position in `fields`. It has no cell of its own.
    case member(Int)
    /// A group's cell; its position in `groups`.
    case group(Int)
  }

  /// The highest number that a field or group may have.
  public static let maxNumber: UInt32 = 1023

  public let code: String
  public let label: Label
  /// The common fields, then the kind's own, then the members of its groups.
  public let fields: [Field]
  public let groups: [FieldGroup]
  public let rules: [Rule]
  /// The fields (positions) that tell an imported row from another where it has no number of its own.
  public let identity: [Int]
  /// Numbers that once had a meaning and never get another one.
  public let retiredNumbers: [UInt32]

  private let slots: [Slot]
  private let index: TextIndex
  private let headers: TextIndex

  init(
    code: String, label: Label, fields: [Field], groups: [FieldGroup], rules: [Rule], identity: [Int],
    retiredNumbers: [UInt32]
  ) {
    self.code = code
    self.label = label
    self.fields = fields
    self.groups = groups
    self.rules = rules
    self.identity = identity
    self.retiredNumbers = retiredNumbers
    let last = max(fields.map(\.number).max() ?? 0, groups.map(\.number).max() ?? 0)
    var slots = [Slot](repeating: .unknown, count: Int(last) + 1)
    var index = TextIndex(capacity: fields.count)
    var headers = TextIndex(capacity: fields.count * 3)
    for (i, field) in fields.enumerated() {
      slots[Int(field.number)] = field.group == nil ? .field(i) : .member(i)
      index.insert(field.code, i)
      for name in Kind.headers(of: field) { headers.insert(name, i) }
    }
    for (i, group) in groups.enumerated() { slots[Int(group.number)] = .group(i) }
    self.slots = slots
    self.index = index
    self.headers = headers
  }

  static func headers(of field: Field) -> [String] {
    [field.code, field.label.chinese, field.label.english] + field.aliases
  }

  /// What `number` stands for: of a cell or of a group's member.
  @inline(__always)
  public func slot(_ number: UInt32) -> Slot {
    number < UInt32(slots.count) ? slots[Int(number)] : .unknown
  }

  /// The position of the field with that code.
  public func fieldIndex(_ code: String) -> Int? {
    guard let i = index.find(code), fields[i].code == code else { return nil }
    return i
  }

  public func field(_ code: String) -> Field? { fieldIndex(code).map { fields[$0] } }

  public func group(_ code: String) -> FieldGroup? { groups.first { $0.code == code } }

  /// The position of the field that a person or a ledger's header calls so: by code, label or alias.
  public func fieldIndex(named name: String) -> Int? { index.find(name) ?? headers.find(name) }

  /// The number of the cell that holds the field: its own, or its group's.
  public func cell(ofField i: Int) -> UInt32 {
    if let group = fields[i].group { groups[group].number } else { fields[i].number }
  }

  /// The code of the field or group that a cell belongs to.
  public func code(ofCell number: UInt32) -> String? {
    switch slot(number) {
    case .field(let i): fields[i].code
    case .group(let i): groups[i].code
    case .member, .unknown: nil
    }
  }

  /// The rule by which a cell's concurrent writes are shown.
  public func mergeRule(ofCell number: UInt32) -> MergeRule {
    switch slot(number) {
    case .field(let i): fields[i].mergeRule
    case .group(let i): groups[i].mergeRule
    case .member, .unknown: .latest
    }
  }

  /// The cell that a field's or group's code names.
  public func cell(named code: String) -> UInt32? {
    if let i = fieldIndex(code) { return cell(ofField: i) }
    return group(code)?.number
  }
}
