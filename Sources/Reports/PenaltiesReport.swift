public import Campaign
internal import Ledger
public import Store

/// What is published under an enterprise's name: decisions against it and inspections that it failed.
///
/// Nothing of a record is taken over but what is published; records that name no enterprise concern a person
/// and are left out, and numbers that belong to a person are blacked out where a text holds them.
public struct PenaltiesReport: Sendable {
  public struct Decision: Sendable {
    public var enterprise: String?
    public var creditCode: String?
    public var caseNumber: String?
    public var violation: String?
    /// Codes of the sorts of penalty.
    public var penalty: [String]
    /// In hundredths.
    public var fine: Int128?
    public var confiscated: Int128?
    public var decisionDate: CivilDate?
    public var discloseUntil: CivilDate?
    public var disputed: [String]
  }

  public struct Inspection: Sendable {
    public var enterprise: String?
    public var creditCode: String?
    public var title: String?
    public var date: CivilDate?
    public var checked: Int64?
    public var failed: Int64
    public var disputed: [String]
  }

  public var decisions: [Decision] = []
  public var inspections: [Inspection] = []
  /// Records left out because they name no enterprise.
  public var nameless = 0
  /// Cases of enterprises that nothing has been decided in yet.
  public var undecided = 0

  /// All that is taken over of a record.
  private static let published: [ReportRole] = [
    .enterprise, .enterpriseCode, .caseNumber, .violation, .penalty, .fine, .confiscated, .decisionDate,
    .discloseUntil, .title, .date, .checked, .failed,
  ]

  public init(_ snapshot: Snapshot, _ scope: ReportScope) throws {
    let columns = try snapshot.pack().reports
    let fields = Set(PenaltiesReport.published.flatMap { columns.codes($0) })
    if let code = columns.code(.penaltyKind) {
      try scope.forEachShown(snapshot, kind: code, fields: fields) { add(decision: Parts($0, columns)) }
    }
    if let code = columns.code(.failedInspectionKind) {
      try scope.forEachShown(snapshot, kind: code, fields: fields) { add(inspection: Parts($0, columns)) }
    }
    decisions = PenaltiesReport.sorted(decisions) {
      [$0.enterprise ?? "", $0.creditCode ?? "", $0.decisionDate?.description ?? "", $0.caseNumber ?? ""]
    }
    inspections = PenaltiesReport.sorted(inspections) {
      [$0.enterprise ?? "", $0.creditCode ?? "", $0.date?.description ?? "", $0.title ?? ""]
    }
  }

  /// By the bytes of some texts in turn: the same order everywhere, and no text is taken apart at every
  /// comparison. Rows that are equal in all of them stay in the order in which they came.
  private static func sorted<Row>(_ rows: [Row], by texts: (Row) -> [String]) -> [Row] {
    let keys = rows.map { Array(texts($0).joined(separator: "\u{0}").utf8) }
    let order = rows.indices.sorted { a, b in
      keys[a] == keys[b] ? a < b : keys[a].lexicographicallyPrecedes(keys[b])
    }
    return order.map { rows[$0] }
  }

  private mutating func add(decision parts: Parts) {
    guard parts.namesEnterprise else {
      nameless += 1
      return
    }
    guard parts.holdDecision else {
      undecided += 1
      return
    }
    decisions.append(
      Decision(
        enterprise: parts.public(.enterprise), creditCode: parts.text(.enterpriseCode),
        caseNumber: parts.public(.caseNumber), violation: parts.public(.violation),
        penalty: parts.codes(.penalty), fine: parts.amount(.fine), confiscated: parts.amount(.confiscated),
        decisionDate: parts.date(.decisionDate), discloseUntil: parts.date(.discloseUntil),
        disputed: parts.record.disputed))
  }

  private mutating func add(inspection parts: Parts) {
    guard let failed = parts.count(.failed), failed > 0 else { return }
    guard parts.namesEnterprise else {
      nameless += 1
      return
    }
    inspections.append(
      Inspection(
        enterprise: parts.public(.enterprise), creditCode: parts.text(.enterpriseCode),
        title: parts.public(.title), date: parts.date(.date),
        checked: parts.count(.checked), failed: failed, disputed: parts.record.disputed))
  }
}

/// A record by the parts that its fields play.
private struct Parts {
  let record: ShownRecord
  private let columns: ReportColumns

  init(_ record: ShownRecord, _ columns: ReportColumns) {
    self.record = record
    self.columns = columns
  }

  private func value(_ role: ReportRole) -> FieldValue? {
    columns.code(role).flatMap { record.content[$0, in: record.kind] }
  }

  var namesEnterprise: Bool { text(.enterprise) != nil || text(.enterpriseCode) != nil }

  /// Whether anything was decided: a case that is only open is nobody's penalty.
  var holdDecision: Bool {
    [ReportRole.penalty, .fine, .confiscated, .decisionDate].contains { value($0) != nil }
  }

  /// A text as it may be published.
  func `public`(_ role: ReportRole) -> String? { text(role).map(PersonalNumbers.hidden) }

  func text(_ role: ReportRole) -> String? {
    switch value(role) {
    case .single(.text(let text))?, .single(.code(let text))?: text
    default: nil
    }
  }

  func date(_ role: ReportRole) -> CivilDate? {
    if case .single(.date(let days))? = value(role) { CivilDate(days: days) } else { nil }
  }

  func count(_ role: ReportRole) -> Int64? {
    switch value(role) {
    case .single(.integer(let count))?, .tally(let count)?: count
    default: nil
    }
  }

  func amount(_ role: ReportRole) -> Int128? {
    if case .single(.decimal(let text))? = value(role) { Hundredths.of(text) } else { nil }
  }

  func codes(_ role: ReportRole) -> [String] {
    switch value(role) {
    case .set(let elements)?:
      elements.compactMap { if case .code(let code) = $0 { code } else { nil } }.sorted()
    case .single(.code(let code))?: [code]
    default: []
    }
  }
}
