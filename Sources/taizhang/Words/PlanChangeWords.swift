import Node

/// That another campaign pack is in force than before.
enum PlanChangeWords {
  /// - Returns: nil where it is the same.
  static func text(_ change: PlanChange?, _ w: Words) -> String? {
    guard let change else { return nil }
    let (former, version) = (change.formerVersion, change.version)
    guard version < former else {
      return w(
        "现行方案换为第 \(version) 版（原为第 \(former) 版）：见 taizhang plan show。",
        "Version \(version) of the plan is in force now (before: \(former)): see `taizhang plan show`.")
    }
    return w(
      "第 \(former) 版方案不再计入，现行方案退回第 \(version) 版；按新方案填的内容都还在，只是暂不显示。原因见 taizhang quarantine。",
      "Version \(former) of the plan counts no more: version \(version) is in force again. What was entered by the other is kept and not shown for now; `taizhang quarantine` says why."
    )
  }

  static func json(_ change: PlanChange?) -> JSON {
    guard let change else { return .null }
    return .object([("from", .count(change.formerVersion)), ("to", .count(change.version))])
  }
}
