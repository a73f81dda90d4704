import Campaign
import Node

/// That another campaign pack is in force than before.
enum PlanChangeWords {
  /// - Returns: nil where it is the same.
  static func text(_ change: PlanChange?, _ w: Words) -> String? {
    guard let change else { return nil }
    let (former, version) = (change.former.pack.info.version, change.now.pack.info.version)
    switch (change.former.isIssued, change.now.isIssued) {
    case (_, false):
      return w(
        "发布过的方案都不再计入，恢复使用建库时所带的\(name(change.now, w))；按其他方案填的内容都还在，只是暂不显示。原因见 taizhang quarantine。",
        "No plan that was issued counts any more: the one that this store was made with is in force again, \(name(change.now, w)). What was entered by another is kept and not shown for now; `taizhang quarantine` says why."
      )
    case (false, true):
      return w(
        "现行方案为已发布的\(name(change.now, w))，不再用建库时所带的\(name(change.former, w))：见 taizhang plan show。",
        "The plan that was issued is in force now, \(name(change.now, w)), and no more the one that this store was made with, \(name(change.former, w)): see `taizhang plan show`."
      )
    case (true, true) where version > former:
      return w(
        "现行方案换为第 \(version) 版（原为第 \(former) 版）：见 taizhang plan show。",
        "Version \(version) of the plan is in force now (before: \(former)): see `taizhang plan show`.")
    case (true, true) where version == former:
      return w(
        "现行方案换为同为第 \(version) 版的另一份：见 taizhang plan show。",
        "Another version \(version) of the plan is in force now: see `taizhang plan show`.")
    case (true, true):
      return w(
        "第 \(former) 版方案不再计入，现行方案退回第 \(version) 版；按新方案填的内容都还在，只是暂不显示。原因见 taizhang quarantine。",
        "Version \(former) of the plan counts no more: version \(version) is in force again. What was entered by the other is kept and not shown for now; `taizhang quarantine` says why."
      )
    }
  }

  /// A plan by its title and version.
  private static func name(_ plan: PlanChange.Plan, _ w: Words) -> String {
    let (info, version) = (plan.pack.info, plan.pack.info.version)
    let title = info.title.text(in: w.labels) ?? ""
    return w("《\(title)》第 \(version) 版", "\"\(title)\", version \(version)")
  }

  static func json(_ change: PlanChange?) -> JSON {
    guard let change else { return .null }
    return .object([
      ("from", .count(change.former.pack.info.version)), ("to", .count(change.now.pack.info.version)),
    ])
  }
}
