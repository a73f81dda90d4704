/// That a change settles conflicts by a rule, and no person chose (Protocol/SPEC.md, statement 8). It decides nothing:
/// who does not know it keeps it, and has the same state.
extension Statement {
  static let decidingRuleType: UInt64 = 8

  /// - Parameter rule: `latest` or `authority`.
  public static func decided(by rule: MergeRule) -> Statement {
    .unknown(type: decidingRuleType, payload: [rule.rawValue])
  }
}

extension ChangeContent {
  /// The rule by which the values of this change were chosen; nil where a person chose, or by a rule not known here.
  public var decidingRule: MergeRule? {
    for case .unknown(Statement.decidingRuleType, let payload) in statements {
      guard payload.count == 1, let rule = MergeRule(rawValue: payload[0]), rule != .person else { continue }
      return rule
    }
    return nil
  }
}
