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

  /// A kind is handed about row by row: one reference, not its dozen arrays.
  private let parts: KindContents

  init(
    code: String, label: Label, fields: [Field], groups: [FieldGroup], rules: [Rule], identity: [Int],
    retiredNumbers: [UInt32]
  ) {
    parts = KindContents(
      code: code, label: label, fields: fields, groups: groups, rules: rules, identity: identity,
      retiredNumbers: retiredNumbers)
  }

  public var code: String { parts.code }
  public var label: Label { parts.label }
  /// The common fields, then the kind's own, then the members of its groups.
  public var fields: [Field] { parts.fields }
  public var groups: [FieldGroup] { parts.groups }
  public var rules: [Rule] { parts.rules }
  /// The fields (positions) that tell an imported row from another where it has no number of its own.
  public var identity: [Int] { parts.identity }
  /// Numbers that once had a meaning and never get another one.
  public var retiredNumbers: [UInt32] { parts.retiredNumbers }

  /// The field that a record goes by: its first required text.
  public var heading: Int? { parts.heading }
  /// The fields that search looks into, the heading first.
  var searched: [Int] { parts.searched }

  /// What checking a value needs of each field, by position.
  var shapes: [FieldShape] { parts.shapes }
  /// The fields (positions) that must have a value.
  var required: [Int] { parts.required }
  /// The fields (positions) that have a least value, with it.
  var bounded: [(field: Int, minimum: Int64)] { parts.bounded }

  public static func == (a: Kind, b: Kind) -> Bool {
    a.parts === b.parts
      || a.code == b.code && a.label == b.label && a.fields == b.fields && a.groups == b.groups
        && a.rules == b.rules && a.identity == b.identity && a.retiredNumbers == b.retiredNumbers
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(code)
    hasher.combine(fields)
  }

  static func headers(of field: Field) -> [String] {
    [field.code, field.label.chinese, field.label.english] + field.aliases
  }

  /// What `number` stands for: of a cell or of a group's member.
  @inline(__always)
  public func slot(_ number: UInt32) -> Slot {
    number < UInt32(parts.slots.count) ? parts.slots[Int(number)] : .unknown
  }

  /// The position of the field with that code.
  public func fieldIndex(_ code: String) -> Int? {
    guard let i = parts.index.find(code), fields[i].code == code else { return nil }
    return i
  }

  public func field(_ code: String) -> Field? { fieldIndex(code).map { fields[$0] } }

  public func group(_ code: String) -> FieldGroup? { groups.first { $0.code == code } }

  /// The position of the field that a person or a ledger's header calls so: by code, label or alias.
  public func fieldIndex(named name: String) -> Int? {
    if let i = parts.index.find(name) { return i }
    let folded = Folding.folded(name)
    guard !folded.isEmpty else { return nil }
    return fields.firstIndex { field in
      Folding.folded(field.label.chinese) == folded || Folding.folded(field.label.english) == folded
        || field.aliases.contains { Folding.folded($0) == folded }
    }
  }

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

  /// The cell of the field or group that a person calls so: by code, label or alias.
  public func cell(named name: String) -> UInt32? {
    if let i = fieldIndex(named: name) { return cell(ofField: i) }
    return group(named: name)?.number
  }

  /// The group that a person calls so: by code or label.
  public func group(named name: String) -> FieldGroup? {
    if let group = group(name) { return group }
    let folded = Folding.folded(name)
    return groups.first {
      Folding.folded($0.label.chinese) == folded || Folding.folded($0.label.english) == folded
    }
  }

  /// What people call the field or group with that code.
  public func label(ofCode code: String) -> Label? { field(code)?.label ?? group(code)?.label }
}
