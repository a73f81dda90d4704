public import Ledger

/// A person's wish that has been checked: the only door from text to what a change carries.
public struct CheckedEdit: Hashable, Sendable {
  /// The kind's code.
  public let kind: String
  /// In the order of the kind's fields; each cell at most once. Empty where nothing changes.
  public let edits: [CellEdit]
  public let warnings: [Finding]
  /// The marks that the record bears afterwards.
  public let marks: [String]
  /// The record's values afterwards.
  public let content: RecordContent
  /// How many fields a row says were erased; there is no edit of them.
  public let withheld: Int

  /// Checks a draft.
  /// - Throws: all that is wrong with it at once.
  public init(_ draft: EditDraft, pack: Pack) throws(RejectedEdit) {
    var work = EditWork(kind: draft.kind, current: draft.current, mode: draft.mode, pack: pack)
    work.apply(draft.operations)
    self = try work.finish()
  }

  init(
    kind: String, edits: [CellEdit], warnings: [Finding], marks: [String], content: RecordContent,
    withheld: Int
  ) {
    self.kind = kind
    self.edits = edits
    self.warnings = warnings
    self.marks = marks
    self.content = content
    self.withheld = withheld
  }
}
