import Ledger
import Node

/// What speaks against linking two records; the words of `ErrorReport` for it.
extension ErrorReport {
  static func duplicates(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .differentKinds(let a, let b):
      ErrorReport(
        65, "different-kinds",
        w("两条记录的类别不同（\(a)、\(b)），不能算同一活动。", "The records are of different kinds (\(a), \(b))."),
        w("先改正类别，或保留两条。", "Enter one anew under the right kind, or keep both."))
    case .linkedThrough(let others):
      ErrorReport(
        65, "linked-through",
        w("两条记录是经由别的记录关联的：", "The two are linked through others: ")
          + others.map(\.description).joined(separator: ", "),
        w("对其中的记录运行 taizhang duplicates unlink。", "Unlink one of the two from those."))
    case .heldHereAlone(let id):
      ErrorReport(
        65, "held-here-alone",
        w(
          "记录 \(id) 在证书范围以外，只有本库有；与它关联的记录，别处统计时就不计了。",
          "The record \(id) lies outside the certificate and is held here alone: a record that is linked with it would count nowhere else."
        ),
        w(
          "不必关联：在本单位的区划重新录入即可，录入后 taizhang status 不再列出它。",
          "There is no need to: enter it anew in this office's division, and `taizhang status` names it no more."
        ))
    default:
      ErrorReport(
        65, "same-record", w("两个编号是同一条记录。", "Both ids are the same record."),
        w("给出两条不同的记录。", "Name two different records."))
    }
  }
}
