/// What a person (or a file) wants of a record, in the words that were typed. Nothing of it is believed:
/// `CheckedEdit` is.
public struct EditDraft: Sendable {
  /// One wish. Fields are named by code, label or alias; a group is set by its members.
  public enum Operation: Hashable, Sendable {
    /// The field gets this value; blanks alone empty it. A set's elements stand in one text.
    case set(String, to: String)
    /// The set gets these elements. None may hold a sign that parts elements: it would be read as several.
    case setElements(String, to: [String])
    case unset(String)
    case add(String, String)
    case remove(String, String)
    case increment(String, by: String)

    /// The field as it was named.
    public var field: String {
      switch self {
      case .set(let name, _), .setElements(let name, _), .unset(let name), .add(let name, _),
        .remove(let name, _), .increment(let name, _):
        name
      }
    }
  }

  public enum Mode: Hashable, Sendable {
    /// A new record, entered in its kind's form: everything required must be there.
    case create
    /// Something of a record is changed: what is touched must be right afterwards.
    case edit
    /// A row of a file. What no operation names has no column there: the pack's import defaults step in.
    case importing
    /// A person settles a conflict: the value is written even where it is the one shown.
    case settling
  }

  public let kind: Kind
  public var operations: [Operation]
  /// What the record holds now (on import: what this store last imported of it); nil for a new one.
  public let current: RecordContent?
  public let mode: Mode

  public init(kind: Kind, operations: [Operation], current: RecordContent? = nil, mode: Mode) {
    self.kind = kind
    self.operations = operations
    self.current = current
    self.mode = mode
  }
}

/// Input that is refused, with everything that is wrong with it (and what else was noticed).
public struct RejectedEdit: Error, Hashable, Sendable {
  public let findings: [Finding]

  init(findings: [Finding]) { self.findings = findings }

  /// For what is found wrong before the fields are looked at: a kind, a division.
  public init(_ finding: Finding) { findings = [finding] }
}
