public import Ledger

/// Something that a check has to say about a person's input or a record: facts, no words.
public struct Finding: Error, Hashable, Sendable {
  public enum Severity: UInt8, Hashable, Sendable {
    /// The input is refused, or the record breaks a rule.
    case error
    /// Accepted, but to be told.
    case warning
    /// Accepted, and listed for those who look for it.
    case mark
  }

  public let code: Code
  public let severity: Severity
  /// The code of the field or group concerned, or the name that was given where there is no such field.
  public var field: String?
  /// What the pack calls that field.
  public private(set) var label: Label?
  /// What was typed, as it was typed (long texts cut).
  public let value: String?
  public let facts: [Fact]

  init(_ code: Code, field: String? = nil, value: String? = nil, facts: [Fact] = []) {
    self.code = code
    severity = code.severity
    self.field = field
    self.value = value.map { String($0.unicodeScalars.prefix(200)) }
    self.facts = facts
  }

  init(_ code: Code, of field: Field, value: String? = nil, facts: [Fact] = []) {
    self.init(code, field: field.code, value: value, facts: facts)
    label = field.label
  }

  /// A record looks like the same activity as others.
  public static func likelyDuplicate(of records: [String]) -> Finding {
    Finding(.likelyDuplicate, facts: [.records(records)])
  }

  /// What is of a division that the office of another one may not write to.
  /// - Parameter text: the division as it was typed.
  public static func outsideScope(_ text: String, _ division: Division, own: DivisionCode) -> Finding {
    Finding(
      .outsideScope, value: text,
      facts: [.scope(division: division.code, name: division.name, own: own)])
  }

  /// An element of a list that would be read as several.
  /// - Returns: nil where the elements hold no sign that parts a set.
  public static func partedElement(of field: String, _ elements: [String]) -> Finding? {
    elements.first(where: SetForm.hasSeparator).map { Finding(.partedElement, field: field, value: $0) }
  }

  /// A cell that begins with a quote and goes on behind the closing one.
  /// - Parameter cell: as it is typed.
  public static func textBehindQuote(_ cell: String) -> Finding { Finding(.textBehindQuote, value: cell) }

  /// A row that says something else of what another row of its file is about.
  /// - Parameter row: the other one, as rows are counted there.
  public static func repeatedRow(_ row: Int) -> Finding { Finding(.repeatedRow, facts: [.row(row)]) }

  /// A row that names a record which is of another division than the row.
  /// - Parameter home: that of the record.
  public static func recordElsewhere(_ id: String, home: DivisionCode, name: String) -> Finding {
    Finding(.recordElsewhere, value: id, facts: [.home(division: home, name: name)])
  }

  /// A row that names a record which is of another kind than the row.
  public static func recordOfOtherKind(_ id: String) -> Finding { Finding(.recordOfOtherKind, value: id) }

  static func guess(_ word: String?) -> [Fact] { word.map { [.nearest($0)] } ?? [] }
}

extension Finding {
  /// A thing of the pack: a field, a kind, a word of a list.
  public struct Named: Hashable, Sendable {
    public let code: String
    public let label: Label

    public init(code: String, label: Label) {
      self.code = code
      self.label = label
    }

    init(_ field: Field) { self.init(code: field.code, label: field.label) }
  }

  /// What a person needs to know to put it right.
  public enum Fact: Hashable, Sendable {
    /// What was probably meant.
    case nearest(String)
    /// The words that are taken.
    case allowed([Named])
    /// The ways in which the value can be read.
    case readings([String])
    /// The digit that would be right.
    case rightDigit(String)
    /// The character found at a place (counted from 1).
    case character(String, position: Int)
    case count(Int)
    case limit(Int64)
    /// The other field of the rule and its value.
    case other(field: Named, value: String)
    case range(from: String, to: String)
    /// The divisions that took a retired one's place.
    case successors([String])
    /// A division, with the one whose office may not write there.
    case scope(division: DivisionCode, name: String, own: DivisionCode)
    /// The division that a record is of.
    case home(division: DivisionCode, name: String)
    /// A row of a file.
    case row(Int)
    /// What was taken in place of what is missing.
    case taken(String)
    /// The name of the mark.
    case mark(String)
    /// Headers of columns.
    case headers([String])
    /// Ids of records.
    case records([String])
  }

  public enum Code: String, Hashable, Sendable, CaseIterable {
    // Names
    case unknownKind = "unknown-kind"
    case unknownField = "unknown-field"
    case unknownDivision = "unknown-division"
    case retiredDivision = "retired-division"
    case outsideScope = "outside-scope"
    // Values
    case notADate = "not-a-date"
    case noSuchDay = "no-such-day"
    case ambiguous = "ambiguous"
    case outOfRange = "out-of-range"
    case notANumber = "not-a-number"
    case notWhole = "not-whole"
    case negative = "negative"
    case tooPrecise = "too-precise"
    case tooLarge = "too-large"
    case notAFlag = "not-a-flag"
    case unknownCode = "unknown-code"
    case creditCodeLength = "credit-code-length"
    case creditCodeCharacter = "credit-code-character"
    case creditCodeCheckDigit = "credit-code-check-digit"
    case oldRegistrationNumber = "old-registration-number"
    case notARecord = "not-a-record"
    case nul = "nul"
    case tooLong = "too-long"
    // Operations
    case notASet = "not-a-set"
    case notATally = "not-a-tally"
    case notSettable = "not-settable"
    case givenTwice = "given-twice"
    case partedElement = "parted-element"
    // Records
    case required = "required"
    case belowMinimum = "below-minimum"
    case notGreater = "not-greater"
    case notBefore = "not-before"
    case outsidePeriod = "outside-period"
    case defaultTaken = "default-taken"
    case mark = "mark"
    case likelyDuplicate = "likely-duplicate"
    // Files
    case columnNotOfKind = "column-not-of-kind"
    case duplicateColumn = "duplicate-column"
    case missingColumn = "missing-column"
    case tooManyCells = "too-many-cells"
    case kindMissing = "kind-missing"
    case textBehindQuote = "text-behind-quote"
    case repeatedRow = "repeated-row"
    case recordElsewhere = "record-elsewhere"
    case recordOfOtherKind = "record-of-other-kind"

    var severity: Severity {
      switch self {
      case .outsidePeriod, .defaultTaken, .likelyDuplicate: .warning
      case .mark: .mark
      default: .error
      }
    }
  }
}

/// Why a text is no value of a type: a finding that does not yet know its field.
struct FormFault: Error, Hashable, Sendable {
  var code: Finding.Code
  var facts: [Finding.Fact] = []

  init(_ code: Finding.Code, _ facts: Finding.Fact...) {
    self.code = code
    self.facts = facts
  }
}
