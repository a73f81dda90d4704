public import Campaign
public import Ledger

/// Why a record's conflict is open.
public enum ConflictReason: UInt8, Hashable, Sendable, Comparable {
  /// Several values live beside each other.
  case concurrent = 0
  /// A deletion did not see every write.
  case deleted = 1
  /// A merge made values stand together that the kind's rules do not allow.
  case invalid = 2
  /// Another record has a value that only one may have.
  case unique = 3

  public static func < (a: ConflictReason, b: ConflictReason) -> Bool { a.rawValue < b.rawValue }
}

/// Who wrote, for what is shown: offices by their nodes.
public protocol OfficeDirectory {
  /// A lower number is a higher office; `UInt8.max` for an unknown one.
  func rank(of node: NodeID) -> UInt8
  /// Whether a change that is named and does not count here will never do so.
  func isLost(_ change: ChangeRef) -> Bool
}

/// A record as people see it: its state, read by a pack.
public struct RecordView: Sendable {
  public let id: RecordID
  public let space: Space
  /// nil while the change that made the record has not arrived.
  public let kindName: KindName?
  /// nil where the pack in force does not know the kind.
  public let kind: Kind?
  /// nil where the pack in force does not know the kind.
  public let content: RecordContent?
  public let existence: Existence
  /// Cells with more than one living value, in the order of their numbers.
  public let contested: [ShownCell]
  /// Cells whose values break a rule that no single office broke.
  public let invalid: [UInt32]
  public let marks: [String]
  public let created: Stamp?
  /// Whether something that is named has not arrived: no conflict is opened in such a field, for it may be settled.
  public let isIncomplete: Bool
  /// Without what is named and will never come.
  public let state: RecordState
  /// What a conflict is shown at where two records were made in place of one.
  public static let originField = "origin"
  /// What a conflict is shown at where a rule is about no field: one record an office.
  public static let wholeKindField = "unique"
  /// What the record was made in place of.
  public var origin: RecordPlace? { state.creation?.creation.origin }
  /// The record's row in this store; nil for a state that does not come from there.
  var row: Int64?
  /// Whether its row says that a conflict is open: several values, a deletion, a rule, a unique value.
  public internal(set) var isFlagged = false

  public struct Stamp: Hashable, Sendable {
    public let dot: Dot
    public let time: Int64
    public var author: NodeID { dot.change.log.node }
  }

  public init(
    _ state: RecordState, id: RecordID, space: Space, pack: Pack, offices: some OfficeDirectory
  ) {
    self.id = id
    self.space = space
    let state = state.withoutMissing(offices.isLost)
    self.state = state
    let creation = state.creation
    kindName = creation?.creation.kind
    kind = kindName.flatMap { $0.lineage == pack.info.lineage ? pack.kind($0.code) : nil }
    created = creation.map { Stamp(dot: $0.dot, time: $0.time) }
    existence = state.existence
    isIncomplete = state.cells.contains(where: \.isIncomplete)
    guard let kind else {
      content = nil
      contested = []
      invalid = []
      marks = []
      return
    }
    var content = RecordContent(kind: kind)
    var contested: [ShownCell] = []
    for cell in state.cells where cell.sort != .existence {
      let shown = cell.shown(rule: kind.mergeRule(ofCell: cell.number), rank: offices.rank)
      if shown.inConflict { contested.append(shown) }
      if cell.number == Attachment.cell {
        content.show(attachments: state.attachments.map(\.attachment), of: kind)
      } else {
        content.show(shown, of: kind)
      }
    }
    self.content = content
    self.contested = contested
    marks = RuleCheck.marks(content, kind)
    invalid = RecordView.invalidCells(content, kind, pack, state)
  }

  /// A broken rule is a conflict only where its cells were written by more than one log: what one office
  /// entered wrongly is its own affair.
  private static func invalidCells(
    _ content: RecordContent, _ kind: Kind, _ pack: Pack, _ state: RecordState
  ) -> [UInt32] {
    guard
      state.cells.contains(where: { cell in cell.writes.contains { $0.dot.change.log != state.firstLog } })
    else { return [] }
    let broken = RuleCheck.brokenCells(content, kind, pack)
    guard !broken.isEmpty else { return [] }
    var logs: Set<LogID> = []
    for cell in state.cells where broken.contains(cell.number) && cell.sort != .existence {
      for write in cell.writes { logs.insert(write.dot.change.log) }
    }
    return logs.count > 1 ? broken : []
  }

  /// The field or group code of a cell; its number where the pack does not know it.
  public func code(ofCell number: UInt32) -> String {
    if let pair = PairCell(rawValue: number) { return "\(pair)" }
    if number == Attachment.cell { return "attachments" }
    return kind?.code(ofCell: number) ?? "#\(number)"
  }

  /// Codes of the fields of which something was erased and nothing was written since, in the kind's order.
  public var redacted: [String] {
    guard let kind, let content else { return [] }
    return content.present(in: kind).filter(\.value.isErased).map(\.field.code)
  }

  /// Codes of the fields and groups in which something is named that has not arrived; `deleted` where it is what a
  /// deletion or restoration saw.
  public var incomplete: [String] {
    state.cells.filter(\.isIncomplete).map { cell in
      cell.sort == .existence ? "deleted" : code(ofCell: cell.number)
    }
  }

  /// Codes of the fields and groups with more than one living value.
  public var conflicts: [String] { contested.map { code(ofCell: $0.number) } }

  /// Those of them that only a person may settle.
  public var disputed: [String] {
    guard let kind else { return [] }
    return contested.filter { kind.mergeRule(ofCell: $0.number) == .person }.map { code(ofCell: $0.number) }
  }

  /// The same with what else no rule settles: a deletion that did not see everything, values that do not fit together or
  /// that another record has.
  ///
  /// - Parameter reasons: the record's open conflicts (`Snapshot.conflicts(of:)`).
  public func disputed(with reasons: [(field: String, reason: ConflictReason)]) -> [String] {
    disputed(with: reasons.filter { $0.reason != .concurrent }.map(\.field))
  }

  func disputed(with fields: [String]) -> [String] {
    fields.isEmpty ? disputed : Set(disputed + fields).sorted()
  }
}

extension RecordContent {
  /// Takes in the names of a record's attachments, where the kind has a field that lists them. They stand in a set
  /// that is no pack's, so a field of that type has no cell of its own.
  mutating func show(attachments: [Attachment], of kind: Kind) {
    guard let i = kind.fields.firstIndex(where: { $0.type == .attachment }) else { return }
    show(set: attachments.map { .text($0.name) }, cell: kind.cell(ofField: i), of: kind)
  }

  /// Takes in one shown cell.
  public mutating func show(_ shown: ShownCell, of kind: Kind) {
    switch shown.sort {
    case .register: if let value = shown.value { show(register: value, cell: shown.number, of: kind) }
    case .group: show(group: shown.members, cell: shown.number, of: kind)
    case .set: show(set: shown.elements, cell: shown.number, of: kind)
    case .tally: show(tally: shown.total, cell: shown.number, of: kind)
    case .existence: break
    }
  }
}

extension RecordState {
  var firstLog: LogID? { cells.first?.writes.first?.dot.change.log }
}
