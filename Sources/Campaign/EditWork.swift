import Ledger

/// A draft on its way to a `CheckedEdit`: the record's values as they would become, which of them were
/// touched and how, and what was found on the way.
struct EditWork {
  let kind: Kind
  let current: RecordContent?
  let mode: EditDraft.Mode
  let pack: Pack
  private let forms: NormalForm
  private let shapes: [FieldShape]
  private(set) var content: RecordContent
  private(set) var findings: [Finding] = []
  /// Fields that an operation named.
  private var touched = FieldSet()
  /// Touched fields that were given their whole value, not only an element or an increment.
  private var replaced = FieldSet()
  /// Touched fields whose text could not be read.
  private var failed = FieldSet()
  /// Fields whose text was erased where the row comes from: nothing is said of what they hold.
  private var withheld = FieldSet()
  private var withheldCount = 0
  private var increments: [Int: Int64] = [:]

  init(kind: Kind, current: RecordContent?, mode: EditDraft.Mode, pack: Pack) {
    self.kind = kind
    self.current = current
    self.mode = mode
    self.pack = pack
    forms = pack.forms
    shapes = kind.shapes
    content = current ?? RecordContent(kind: kind)
  }

  mutating func note(_ finding: Finding) { findings.append(finding) }

  /// Whole values come first, whatever the order in which they stand, so that `set` and `add` of one field
  /// go together.
  mutating func apply(_ operations: [EditDraft.Operation]) {
    for operation in operations {
      switch operation {
      case .set(let name, let text):
        if let i = field(name) { set(i, to: text) }
      case .setElements(let name, let texts):
        if let i = field(name) { set(i, to: texts) }
      case .unset(let name):
        if let i = field(name) { replace(i, with: nil, typed: "") }
      case .add, .remove, .increment: break
      }
    }
    for operation in operations {
      switch operation {
      case .set, .setElements, .unset: break
      case .add(let name, let text):
        if let i = field(name) { changeSet(i, text, adds: true) }
      case .remove(let name, let text):
        if let i = field(name) { changeSet(i, text, adds: false) }
      case .increment(let name, let text):
        if let i = field(name) { increment(i, text) }
      }
    }
  }

  private mutating func field(_ name: String) -> Int? {
    if let i = kind.fieldIndex(named: name) { return i }
    note(.unknownField(name, of: kind))
    return nil
  }
}

extension Finding {
  /// A kind has no such field; with the nearest name, or the fields of the group that is called so.
  public static func unknownField(_ name: String, of kind: Kind) -> Finding {
    let names = kind.fields.lazy.flatMap { [$0.code, $0.label.chinese, $0.label.english] }
    var facts = Finding.guess(Nearest.match(for: name, among: names))
    if let group = kind.group(named: name) {
      facts = [.allowed(group.members.map { Finding.Named(kind.fields[$0]) })]
    }
    return Finding(.unknownField, field: name, facts: facts)
  }
}

extension EditWork {
  mutating func set(_ i: Int, to text: String) {
    text.withBytes { set(i, to: $0, spelled: text) }
  }

  /// The row says that the field's text was erased.
  /// - Returns: false where the field is no text.
  mutating func leaveErased(_ i: Int) -> Bool {
    guard shapes[i].type == .text else { return false }
    withheld.insert(i)
    withheldCount += 1
    return true
  }

  /// The field stands empty in a row.
  mutating func leaveBlank(_ i: Int) {
    // It is no less empty for having been erased.
    if current?[field: i]?.isErased == true { return }
    touched.insert(i)
    replaced.insert(i)
    if current != nil { content[field: i] = nil }
  }

  /// Gives the field the value that `bytes` spell.
  mutating func set(_ i: Int, to bytes: UnsafeBufferPointer<UInt8>, spelled text: String? = nil) {
    do throws(FormFault) {
      let value: FieldValue
      switch shapes[i].form {
      case .single: value = .single(try forms.value(bytes, spelled: text, as: shapes[i].type))
      case .set: value = .set(try forms.elements(bytes, as: shapes[i].type))
      case .tally:
        let isBlank = Blanks.trimmed(bytes).isEmpty
        value = isBlank ? .single(.null) : .tally(try NumberForm.integer(bytes))
      }
      replace(i, with: value, typed: text)
    } catch {
      fail(i, error, typed: text ?? String(decoding: bytes, as: UTF8.self))
    }
  }

  private mutating func set(_ i: Int, to texts: [String]) {
    guard shapes[i].form == .set else {
      fail(i, FormFault(.notASet), typed: texts.joined(separator: ";"))
      return
    }
    if let parted = texts.first(where: SetForm.hasSeparator) {
      fail(i, FormFault(.partedElement), typed: parted)
      return
    }
    set(i, to: texts.joined(separator: ";"))
  }

  @inline(__always)
  private mutating func replace(_ i: Int, with value: consuming FieldValue?, typed text: String?) {
    guard shapes[i].type != .attachment, !replaced.contains(i) else {
      return replaceAgain(i, with: value, typed: text)
    }
    touched.insert(i)
    replaced.insert(i)
    content[field: i] = value
  }

  /// What may not be: a field that no text sets, or one that was given already (the same value is no harm).
  private mutating func replaceAgain(_ i: Int, with value: FieldValue?, typed text: String?) {
    guard shapes[i].type != .attachment else { return fail(i, FormFault(.notSettable), typed: text ?? "") }
    let before = content[field: i]
    content[field: i] = value
    if content[field: i] != before { fail(i, FormFault(.givenTwice), typed: text ?? "") }
  }

  private mutating func changeSet(_ i: Int, _ text: String, adds: Bool) {
    guard shapes[i].form == .set else { return fail(i, FormFault(.notASet), typed: text) }
    do throws(FormFault) {
      let elements = try text.withBytes { (bytes) throws(FormFault) -> [Value] in
        try forms.elements(bytes, as: shapes[i].type)
      }
      let before = content[field: i]?.elements ?? []
      let named = Set(elements)
      touched.insert(i)
      content[field: i] = .set(
        adds ? SetForm.ordered(before + elements) : before.filter { !named.contains($0) })
    } catch {
      fail(i, error, typed: text)
    }
  }

  private mutating func increment(_ i: Int, _ text: String) {
    guard shapes[i].form == .tally else { return fail(i, FormFault(.notATally), typed: text) }
    do throws(FormFault) {
      let step = try text.withBytes { (bytes) throws(FormFault) -> Int64 in
        if Blanks.trimmed(bytes).isEmpty { throw FormFault(.notANumber) }
        return try NumberForm.integer(bytes)
      }
      var before: Int64 = 0
      if case .tally(let count) = content[field: i] { before = count }
      let (sum, overflow) = before.addingReportingOverflow(step)
      guard !overflow else { throw FormFault(.tooLarge) }
      touched.insert(i)
      increments[i, default: 0] += step
      if step != 0 { content[field: i] = .tally(sum) }
    } catch {
      fail(i, error, typed: text)
    }
  }

  private mutating func fail(_ i: Int, _ fault: FormFault, typed text: String) {
    // A field that could not be read is not missing as well.
    touched.insert(i)
    failed.insert(i)
    note(Finding(fault.code, of: kind.fields[i], value: text, facts: fault.facts))
  }
}

extension EditWork {
  /// Checks what the record would become.
  mutating func finish() throws(RejectedEdit) -> CheckedEdit {
    checkRequired()
    var marks: [String] = []
    for broken in RuleCheck.broken(content, kind, pack) {
      if broken.finding.severity == .mark {
        if case .mark(let name)? = broken.finding.facts.first, !marks.contains(name) { marks.append(name) }
      } else if broken.fields.contains(where: touched.contains) {
        // What a merge left broken elsewhere must not stand in the way of this edit.
        note(broken.finding)
      }
    }
    guard !findings.contains(where: { $0.severity == .error }) else { throw RejectedEdit(findings: findings) }
    return CheckedEdit(
      kind: kind.code, edits: edits(), warnings: findings, marks: marks, content: content,
      withheld: withheldCount)
  }

  private mutating func checkRequired() {
    for i in kind.required where content[field: i] == nil {
      guard !failed.contains(i), !withheld.contains(i) else { continue }
      if touched.contains(i) {
        note(Finding(.required, of: kind.fields[i]))
      } else if current == nil || mode == .create {
        takeImportDefault(i)
      }
    }
  }

  private mutating func takeImportDefault(_ i: Int) {
    guard mode == .importing, let value = kind.fields[i].importDefault else {
      note(Finding(.required, of: kind.fields[i]))
      return
    }
    touched.insert(i)
    replaced.insert(i)
    content[field: i] = shapes[i].form == .set ? .set([value]) : .single(value)
    let taken = DisplayForm(pack: pack, language: .code).text(value, of: kind.fields[i])
    note(Finding(.defaultTaken, of: kind.fields[i], facts: [.taken(taken)]))
  }

  private func edits() -> [CellEdit] {
    var edits: [CellEdit] = []
    edits.reserveCapacity(min(kind.fields.count, 16))
    for i in shapes.indices where !shapes[i].isMember && touched.contains(i) {
      let after = content[field: i]
      if current == nil, after == nil { continue }
      let before = current?[field: i]
      // What settles a conflict is written even where it is what is shown.
      guard before != after || mode == .settling || increments[i] != nil else { continue }
      if let edit = edit(i, before: before, after: after) { edits.append(edit) }
    }
    for g in kind.groups.indices {
      let members = changedMembers(g)
      if !members.isEmpty { edits.append(.group(cell: kind.groups[g].number, members: members)) }
    }
    return edits
  }

  private func edit(_ i: Int, before: FieldValue?, after: FieldValue?) -> CellEdit? {
    let cell = shapes[i].number
    switch shapes[i].form {
    case .single: return .register(cell: cell, value: after?.value ?? .null)
    case .set:
      let old = before?.elements ?? []
      let new = after?.elements ?? []
      if replaced.contains(i) || mode == .settling { return .setExactly(cell: cell, elements: new) }
      let (former, wanted) = (Set(old), Set(new))
      return .setChange(
        cell: cell, add: new.filter { !former.contains($0) }, remove: old.filter { !wanted.contains($0) })
    case .tally:
      if replaced.contains(i) {
        if case .tally(let count) = after { return .tallyBase(cell: cell, value: .integer(count)) }
        return .tallyBase(cell: cell, value: .null)
      }
      let step = increments[i] ?? 0
      return step == 0 ? nil : .tallyIncrement(cell: cell, by: step)
    }
  }

  private func changedMembers(_ g: Int) -> [GroupMember] {
    var members: [GroupMember] = []
    for i in kind.groups[g].members where touched.contains(i) {
      let after = content[field: i]
      guard mode == .settling || current?[field: i] != after else { continue }
      members.append(GroupMember(field: shapes[i].number, value: after?.packed ?? .null))
    }
    return members
  }
}

/// Positions of fields; a kind has at most `maxCount` of them.
struct FieldSet {
  static let maxCount = 128
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  @inline(__always)
  func contains(_ i: Int) -> Bool { (i < 64 ? low >> UInt64(i) : high >> UInt64(i - 64)) & 1 != 0 }

  @inline(__always)
  mutating func insert(_ i: Int) {
    if i < 64 { low |= 1 &<< UInt64(i) } else { high |= 1 &<< UInt64(i - 64) }
  }
}
