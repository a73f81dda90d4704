import Campaign
import Ledger
import Node
import Store

/// What people enter and ask for, and the files that it stands in; the words of `ErrorReport` for these.
extension ErrorReport {
  /// What was entered, or the record that it is for.
  static func entry(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .unknownKind(let finding), .unknownDivision(let finding):
      ErrorReport(
        65, finding.code.rawValue, FindingWords.text(finding, w),
        w("用 taizhang plan show 查看类别和行政区划。", "`taizhang plan show` lists kinds and divisions."))
    case .unknownHome(let finding, let near):
      ErrorReport(
        65, finding.code.rawValue, FindingWords.text(finding, w),
        w("--division 写代码或名称，例如：", "--division takes a code or a name, for example: ")
          + near.map { "\($0.code) \($0.name)" }.joined(separator: w("、", ", ")))
    case .otherKind(let named, let own):
      ErrorReport(
        65, "other-kind",
        w("命令里的类别是 \(named)，JSON 里的是 \(own)。", "The command names the kind \(named), the JSON \(own)."),
        w("改其一，使两者一致。", "Make the two agree."))
    case .rejected(let findings):
      ErrorReport(
        65, findings.first { $0.severity == .error }?.code.rawValue ?? "rejected",
        findings.filter { $0.severity == .error }.map { FindingWords.text($0, w) }.joined(
          separator: w("；", "; ")), w("改正后再试；什么也没有写入。", "Mend it and try again; nothing was written."))
    case .outsideScope(let division, let own):
      ErrorReport(
        77, "outside-scope",
        w("\(division) 不在本单位（\(own)）的范围内。", "\(division) is outside this office's scope (\(own))."),
        w("请由该区划的单位录入。", "Let an office of that division enter it."))
    case .noSuchFields(let wanted):
      ErrorReport(
        65, "unknown-field",
        w("没有类别有这些字段和值：", "No kind has these fields and values: ") + wanted.joined(separator: ", "),
        w("用 taizhang plan show 查看字段。", "`taizhang plan show` lists the fields."))
    default: unworded(error, w)
    }
  }

  /// A record that does not stand as it was taken to.
  static func record(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .recordDeleted(let id, let heir?):
      ErrorReport(
        65, "record-deleted", w("记录 \(id) 已迁往别处。", "Record \(id) was moved elsewhere."),
        w("现在是 \(heir)：运行 taizhang show \(heir)。", "It is \(heir) now: run `taizhang show \(heir)`."))
    case .recordDeleted(let id, nil):
      ErrorReport(
        65, "record-deleted", w("记录 \(id) 已删除。", "Record \(id) is deleted."),
        w("先运行 taizhang restore。", "Run `taizhang restore` first."))
    case .recordNotDeleted(let id):
      ErrorReport(
        65, "record-not-deleted", w("记录 \(id) 没有被删除。", "Record \(id) is not deleted."),
        w("无需恢复。", "There is nothing to restore."))
    case .kindUnknownHere(let id, let kind):
      ErrorReport(
        65, "unknown-kind",
        w(
          "记录 \(id) 的类别 \(kind) 不在现行方案里。",
          "The kind \(kind) of record \(id) is not in the campaign pack in force."),
        w("同步以取得新方案，或更新程序。", "Sync to get the newer pack, or update the program."))
    case .tooManyWrites(let id, let count):
      ErrorReport(
        65, "too-many-writes",
        w(
          "记录 \(id) 有 \(count) 个值，超过一次变更所能指明的，不能删除或迁移。",
          "\(count) values live in record \(id), more than one change can name: it cannot be deleted or moved."
        ),
        w("先裁定其冲突，再试一次。", "Settle its conflicts first, then try again."))
    case .mayNotRedact:
      ErrorReport(
        77, "may-not-redact", w("本单位无权抹除内容。", "This office has no right to redact."),
        w("请中心节点办理。", "Ask the region."))
    case .notErasable(let field):
      ErrorReport(
        65, "not-erasable",
        w(
          "字段\(FindingWords.name(field, w))不是文本，不能抹除。",
          "The field \(FindingWords.name(field, w)) is no text, and cannot be redacted."),
        w("只有文本字段可以抹除；其他值请用 edit 改正。", "Only text fields can be; correct other values with `taizhang edit`."))
    default: unworded(error, w)
    }
  }

  /// A division, or a period, that this office cannot answer for.
  static func scope(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .outsideEnrolment(let division, let own):
      ErrorReport(
        77, "outside-scope",
        w("\(division) 不在本单位（\(own)）的范围内。", "\(division) is outside this office's scope (\(own))."),
        w("请上级单位或中心节点邀请。", "Ask an office above, or the region, to invite it."))
    case .outsideReport(let division, let own):
      ErrorReport(
        77, "outside-scope",
        w(
          "\(division) 不在本单位（\(own)）的范围内，这里没有它的记录。",
          "\(division) is outside this office's scope (\(own)): its records are not here."),
        w(
          "--division 写本单位的区划或其下级；其他区划请问中心节点。",
          "--division takes this office's division or one below it; ask the region for others."))
    case .reversedPeriod(let from, let to):
      ErrorReport(
        65, "reversed-period", w("\(from) 晚于 \(to)。", "\(from) is after \(to)."),
        w("--from 是第一天，--to 是最后一天。", "--from is the first day, --to the last."))
    default: unworded(error, w)
    }
  }

  /// A file or a source that is not what it should be.
  static func files(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .importUnreadable(let problem):
      ErrorReport(
        65, "unreadable-file", ImportWords.text(problem, w), ImportWords.hint(problem, w))
    case .file(let path, let number): file(path, number, w)
    case .noFile(let path):
      ErrorReport(
        66, "no-file", w("没有文件 \(path)。", "There is no file \(path)."), w("检查路径。", "Check the path."))
    case .identity(let path, let isMissing):
      ErrorReport(
        65, "identity",
        isMissing
          ? w("缺少身份文件 \(path)。", "The identity's file \(path) is missing.")
          : w("\(path) 里的密钥或证书不可用。", "A key or certificate in \(path) cannot be used."),
        w("从备份恢复。", "Restore it from a backup."))
    case .interrupted:
      ErrorReport(
        75, "interrupted",
        w("中途被叫停，这一来源及其后的没有收完。", "Interrupted: this source and those behind it were not gone through."),
        w("再运行一次同样的合并，已收的不会重复。", "Run the same merge again: nothing is taken in twice."))
    case .backupRefused(let path):
      ErrorReport(
        65, "bad-backup", w("\(path) 不是备份，或不完整。", "\(path) is not a backup, or not a whole one."),
        w("检查文件，或重新拷贝。", "Check the file, or copy it again."))
    default: unworded(error, w)
    }
  }
}
