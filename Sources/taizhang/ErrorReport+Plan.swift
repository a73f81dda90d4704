import Campaign
import Ledger
import Node

/// Why a campaign pack is not taken; the words of `ErrorReport` for it.
extension ErrorReport {
  static func of(_ error: PackProblems, _ w: Words) -> ErrorReport {
    ErrorReport(
      65, "bad-plan", w("方案有误：", "The campaign pack is wrong: ") + PlanWords.text(error.problems, w),
      w("改正后再导入；什么也没有改变。", "Mend it and import it again; nothing was changed."))
  }

  static func plan(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .planRefused(let problems):
      ErrorReport(
        65, "plan-incompatible",
        w("此方案不能接替现行方案：", "The pack cannot follow the one in force: ") + PlanWords.text(problems, w),
        w(
          "编号一经使用不得改变含义；另一项活动请另建中心节点。",
          "Numbers keep their meaning for ever; another campaign needs a region of its own."))
    case .planLacksDivisions(let codes):
      ErrorReport(
        65, "plan-lacks-divisions",
        w("方案里没有在用的区划：", "The pack lacks divisions in use: ")
          + codes.map(\.description).joined(separator: ", "),
        w("把它们加回去；已撤销的注明 retired。", "Add them; mark those that are no more as retired."))
    default:
      ErrorReport(
        77, "may-not-issue-packs", w("本单位无权发布方案。", "This office may not issue a campaign pack."),
        w("请中心节点导入；同步后即可得到。", "Let the region import it; a sync brings it here."))
    }
  }
}
