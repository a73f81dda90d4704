import Ledger

/// What a `Kind` consists of, and what is worked out from it once.
final class KindContents: Sendable {
  let code: String
  let label: Label
  let fields: [Field]
  let groups: [FieldGroup]
  let rules: [Rule]
  let identity: [Int]
  let retiredNumbers: [UInt32]

  let slots: [Kind.Slot]
  let index: TextIndex
  let shapes: [FieldShape]
  let required: [Int]
  let bounded: [(field: Int, minimum: Int64)]
  /// The field that a record goes by: its first required text.
  let heading: Int?
  /// The fields that search looks into, the heading first.
  let searched: [Int]

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
    var last: UInt32 = 0
    for field in fields { last = max(last, field.number) }
    for group in groups { last = max(last, group.number) }
    var slots = [Kind.Slot](repeating: .unknown, count: Int(last) + 1)
    var index = TextIndex(capacity: fields.count)
    var shapes: [FieldShape] = []
    shapes.reserveCapacity(fields.count)
    var required: [Int] = []
    var bounded: [(field: Int, minimum: Int64)] = []
    for i in fields.indices {
      slots[Int(fields[i].number)] = fields[i].group == nil ? .field(i) : .member(i)
      index.insert(fields[i].code, i)
      shapes.append(
        FieldShape(
          type: fields[i].type, form: fields[i].form, isMember: fields[i].group != nil,
          number: fields[i].number))
      if fields[i].isRequired { required.append(i) }
      if let minimum = fields[i].minimum ?? (fields[i].form == .tally ? 0 : nil) {
        bounded.append((i, minimum))
      }
    }
    for i in groups.indices { slots[Int(groups[i].number)] = .group(i) }
    self.slots = slots
    self.index = index
    self.shapes = shapes
    self.required = required
    self.bounded = bounded
    let heading = fields.firstIndex { $0.type == .text && $0.form == .single && $0.isRequired }
    self.heading = heading
    // An entry of a code list is no text.
    let others = fields.indices.filter { i in
      if case .code = fields[i].type { return false }
      return i != heading
    }
    searched = (heading.map { [$0] } ?? []) + others
  }
}

/// The few facts of a field that checking a value needs; without references, so that it is read for nothing.
struct FieldShape {
  let type: ValueType
  let form: FieldForm
  let isMember: Bool
  let number: UInt32
}
