import Ledger
import Node

/// What speaks against something that is wanted of an attachment; the words of `ErrorReport` for it.
extension ErrorReport {
  static func of(_ error: AttachmentError, _ w: Words) -> ErrorReport {
    switch error {
    case .tooLarge(let path, let limit, let kind):
      ErrorReport(
        65, "attachment-too-large",
        kind.map {
          w(
            "\(path) 超过方案为“\($0)”规定的附件上限 \(AttachmentOutput.size(limit))。",
            "\(path) is larger than the plan allows an attachment of \($0) to be (\(AttachmentOutput.size(limit)))."
          )
        }
          ?? w(
            "\(path) 超过附件上限 \(AttachmentOutput.size(limit))。",
            "\(path) is larger than an attachment may be (\(AttachmentOutput.size(limit)))."),
        w("压缩、缩小，或分成几个文件。", "Compress it, scale it down, or cut it in several files."))
    case .badName(let name):
      ErrorReport(
        65, "bad-name", w("“\(name)”不能作附件名。", "\"\(name)\" cannot be an attachment's name."),
        w("用 --name 另起一个名字。", "Give it another one with --name."))
    case .notAFile(let path):
      ErrorReport(
        65, "not-a-file", w("\(path) 不是普通文件。", "\(path) is no plain file."),
        w("给出照片或扫描件的文件。", "Name the file of a photo or a scan."))
    case .unknown(let name, let record):
      ErrorReport(
        66, "no-attachment",
        w("记录 \(record) 没有附件“\(name)”。", "Record \(record) has no attachment \"\(name)\"."),
        w("用 taizhang attachment list 查看。", "`taizhang attachment list` shows what it has."))
    case .ambiguous(let name, let contents):
      ErrorReport(
        65, "ambiguous-attachment",
        w("“\(name)”对应几个附件：", "\"\(name)\" means several attachments: ")
          + contents.map { String($0.description.prefix(12)) }.joined(separator: ", "),
        w("改用 SHA-256 的前几位。", "Name it by the first digits of its SHA-256."))
    case .notHere, .notHereToMove, .erased, .takenAway: absence(error, w)
    case .noRoom(let needed, let free, let floor):
      ErrorReport(
        74, "disk-low",
        w(
          "磁盘只剩 \(AttachmentOutput.size(free))，须为记录留出 \(AttachmentOutput.size(floor))：放不下 \(AttachmentOutput.size(needed)) 的附件，未取。",
          "Only \(AttachmentOutput.size(free)) of the disk is free, of which \(AttachmentOutput.size(floor)) is left to records: an attachment of \(AttachmentOutput.size(needed)) was not fetched."
        ),
        w("腾出空间后再同步；记录不受影响。", "Free some space and sync again; the records are all right."))
    case .mayNotErase:
      ErrorReport(
        77, "no-right", w("本单位无权抹除附件。", "This office has no right to erase attachments."),
        w(
          "请中心节点办理；attachment remove 可从记录上取下。", "Ask the region; `attachment remove` takes it off the record."
        ))
    case .noReason:
      ErrorReport(
        65, "no-reason", w("没有写明原因。", "No reason is given."), w("用 --reason 写明。", "Say it with --reason."))
    }
  }

  /// A content that is not here.
  private static func absence(_ error: AttachmentError, _ w: Words) -> ErrorReport {
    switch error {
    case .notHere(let name, let holders, let known):
      ErrorReport(
        66, "attachment-not-here",
        w("附件“\(name)”不在本机", "The attachment \"\(name)\" is not here")
          + AttachmentOutput.places(holders, known, w).map { w("；", "; ") + $0 }.joined() + w("。", "."),
        w("运行 taizhang sync --attachments 取来。", "Fetch it with `taizhang sync --attachments`."))
    case .notHereToMove(let record, let names):
      ErrorReport(
        66, "attachment-not-here",
        w(
          "记录 \(record) 的附件不在本机，不能迁移：\(names.joined(separator: "、"))。",
          "Record \(record) cannot be moved while its attachments are not here: \(names.joined(separator: ", "))."
        ),
        w(
          "先运行 taizhang sync --attachments 取来；对端也没有的，用 attachment remove 取下。",
          "Fetch them first with `taizhang sync --attachments`; take off with `attachment remove` what no peer has."
        ))
    case .erased(let name, let reason):
      ErrorReport(
        66, "attachment-erased",
        w(
          "附件“\(name)”已被抹除，理由：\(reason)",
          "The attachment \"\(name)\" was erased (reason: \(reason))."),
        w(
          "抹除在作出抹除的单位所辖区划内有效，各单位得知后即删除内容；记录保留。",
          "Each office deletes its content as it hears of that, in the divisions that whoever erased it covers; the record stays."
        ))
    case .takenAway(let path):
      ErrorReport(
        75, "attachment-taken-away",
        w(
          "正要附上 \(path) 时，别处记录中的同一内容被抹除，文件一并删去。",
          "While \(path) was being attached, the same content was erased in a record elsewhere, and its file went."
        ),
        w("再附一次。", "Attach it once more."))
    default: unworded(error, w)
    }
  }
}

extension AttachmentError: OwnError {}
