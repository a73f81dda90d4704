/// A part that a field, a kind or a mark plays in reports and in the search for duplicates. The program knows
/// the parts; who plays them stands in the pack.
public enum ReportRole: String, Hashable, Sendable, CaseIterable {
  case title, date, items, organiser, partners, place, enterprise, attachments, recommended, violation,
    penalty
  case fine, confiscated, failed, checked
  case enterpriseCode = "enterprise_code"
  case summaryKind = "summary_kind"
  case submittedOn = "submitted_on"
  case typicalCaseKind = "typical_case_kind"
  case caseBody = "case_body"
  case caseCategory = "case_category"
  case penaltyKind = "penalty_kind"
  case caseNumber = "case_number"
  case decisionDate = "decision_date"
  case discloseUntil = "disclose_until"
  case failedInspectionKind = "failed_inspection_kind"
  case complianceMarks = "compliance_marks"

  /// What may play the part.
  enum Player { case field, kind, mark }

  var player: Player {
    switch self {
    case .summaryKind, .typicalCaseKind, .penaltyKind, .failedInspectionKind: .kind
    case .complianceMarks: .mark
    default: .field
    }
  }
}

extension ReportColumns {
  /// The codes that play a part; none where the pack gives it to nobody.
  public func codes(_ role: ReportRole) -> [String] { roles[role.rawValue] ?? [] }

  /// The field, kind or mark that plays a part.
  public func code(_ role: ReportRole) -> String? { codes(role).first }
}
