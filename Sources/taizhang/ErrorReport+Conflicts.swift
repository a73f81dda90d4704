import Campaign
import Ledger
import Node
import Store

/// Why a conflict is not settled as it was asked for; the words of `ErrorReport` for it.
extension ErrorReport {
  static func conflicts(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .brokenRule, .sharedValue: closedByEdit(error, w)
    case .notYesOrNo(let text):
      ErrorReport(
        65, "not-a-flag", w("“\(text)”：应为 是 或 否", "\"\(text)\": neither yes nor no"),
        w("--value yes 删除，--value no 保留。", "--value yes deletes the record, --value no keeps it."))
    case .noCandidate(let n, let count):
      ErrorReport(
        65, "no-candidate", w("没有第 \(n) 个候选值，共 \(count) 个。", "There is no candidate \(n) of \(count)."),
        w("用 taizhang conflicts 查看候选值。", "`taizhang conflicts` shows the candidates."))
    case .notResolvable(let field):
      ErrorReport(
        65, "needs-resolve",
        w("\(name(field, w)) 有争议，只能由人裁定。", "\(name(field, w)) is disputed and must be settled by a person."),
        w("用 taizhang conflicts resolve 裁定。", "Use `taizhang conflicts resolve`."))
    case .noResolution(let id, let field):
      ErrorReport(
        65, "no-resolution",
        w(
          "记录 \(id) 的\(name(field, w))没有可撤销的裁定。",
          "Record \(id) has no resolution of \(name(field, w)) that could be undone."),
        field.code == "deleted"
          ? w(
            "保留或删除用 taizhang delete 或 taizhang restore 改。",
            "Whether a record is kept is changed by `taizhang delete` or `taizhang restore`.")
          : w("用 taizhang history 查看；其后又有修改的不能撤销。", "See `taizhang history`; what was edited since stays."))
    case .groupValue(let field, let members):
      ErrorReport(
        65, "group-value",
        w("\(name(field, w)) 是一组字段：", "\(name(field, w)) is a group of fields: ")
          + members.joined(separator: ", "),
        w(
          "把它的值写成 JSON 对象，如 {\"\(members.first ?? "")\":\"…\"}。",
          "Give its value as a JSON object, like {\"\(members.first ?? "")\":\"…\"}."))
    case .conflictChanged(let id, let field):
      ErrorReport(
        75, "conflict-changed",
        w(
          "记录 \(id) 的\(name(field, w))刚收到别的值，没有裁定。",
          "\(name(field, w)) of \(id) has other values by now: it was not settled."
        ),
        w(
          "用 taizhang conflicts 重新查看，再按新的次序裁定。",
          "Look at them with `taizhang conflicts`, and settle it by the numbers that it shows."))
    case .noConflict(let id, let field):
      ErrorReport(
        65, "no-conflict",
        w("记录 \(id) 的\(name(field, w))没有待裁定的冲突。", "Record \(id) has no open conflict in \(name(field, w))."),
        w("用 taizhang conflicts 查看。", "`taizhang conflicts` lists them."))
    default: unworded(error, w)
    }
  }

  /// A conflict that no candidate settles.
  private static func closedByEdit(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .brokenRule(let id, let field):
      ErrorReport(
        65, "closed-by-edit",
        w(
          "记录 \(id) 的\(name(field, w))是合并后不合规则，没有候选值可取。",
          "In record \(id) values around \(name(field, w)) break a rule since a merge: there is no candidate to take."
        ),
        w(
          "用 taizhang edit 改到合规，冲突自行消除。",
          "Mend it with `taizhang edit`: the conflict closes when the rule holds."))
    case .sharedValue(let id, let field, let others):
      ErrorReport(
        65, "closed-by-edit",
        w(
          "记录 \(id) 的\(name(field, w))与别的记录重复：", "Record \(id) shares its \(name(field, w)) with others: ")
          + others.map(\.description).joined(separator: ", "),
        w(
          "用 taizhang edit 改其一，或用 duplicates link 认作同一活动。",
          "Change one of them with `taizhang edit`, or link them with `taizhang duplicates link`."))
    default: unworded(error, w)
    }
  }

  /// What a conflict is about: a field, or whether the record is deleted or was moved.
  private static func name(_ field: Finding.Named, _ w: Words) -> String {
    switch field.code {
    case "deleted": w("删除", "deletion")
    case RecordView.originField: w("迁自", "origin")
    case RecordView.wholeKindField: w("份数", "number of records")
    default: FindingWords.name(field, w)
    }
  }
}
