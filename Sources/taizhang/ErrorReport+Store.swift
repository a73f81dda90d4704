import Ledger
import Store

/// What is wrong with the store; the words of `ErrorReport` for it.
extension ErrorReport {
  static func of(_ error: StoreError, _ w: Words) -> ErrorReport {
    switch error {
    case .noStore(let path):
      ErrorReport(
        66, "no-store", w("\(path) 没有台账库。", "There is no store at \(path)."),
        w("先运行 taizhang init，或用 --store 指明目录。", "Run `taizhang init` first, or name the folder with --store.")
      )
    case .alreadyExists(let path):
      ErrorReport(
        65, "store-exists", w("\(path) 已有台账库。", "There is a store at \(path) already."),
        w("换一个目录，或直接使用它。", "Use it as it is, or choose another folder."))
    case .leftBeside, .ownFile, .databaseFile, .notAFile: files(error, w)
    case .notAStore(let path):
      ErrorReport(
        65, "not-a-store", w("\(path) 不是台账库。", "\(path) is not a store of this program."),
        w("检查 --store 指的目录；损坏的库可用备份恢复。", "Check --store; a damaged store can be restored from a backup."))
    case .newerSchema(let found, let known):
      ErrorReport(
        65, "newer-store",
        w(
          "库的格式 \(found) 比本程序（\(known)）新。",
          "The store has format \(found), newer than this program's \(known)."),
        w("请更新程序。", "Update the program."))
    case .damagedOlder(let found, let message):
      ErrorReport(
        65, "damaged-older-store",
        w(
          "库是旧格式（\(found)），其中有损坏，升级不了：\(DamageWords.text(message, w))。库没有改动。",
          "The store has the older format \(found), and what is damaged in it keeps it from being brought forward: "
            + "\(message). It was left as it is."),
        w(
          "把最近的备份恢复到新目录（taizhang restore-backup），再用 taizhang merge 并入本目录，完好的部分不会丢；没有备份则新建、入网、同步后再并入。",
          "Restore the newest backup into a new folder (`taizhang restore-backup`), then `taizhang merge` this folder into it, "
            + "which takes in all that is sound; without a backup do so in a new store once it has joined and synced."
        ))
    case .busy:
      ErrorReport(
        75, "busy", w("台账库正被另一程序使用。", "Another program is using the store."),
        w("等那个程序写完（如导入、合并）再试。", "Try again once that program is through (an import or a merge, say)."))
    case .diskFull:
      ErrorReport(
        74, "disk-full",
        w(
          "磁盘已满，这一步没有写入；此前写入的都在。", "The disk is full: this was not written. What was written before it stays."
        ),
        w(
          "腾出空间后再试；在此之前仍可查看，也可备份到别的磁盘。",
          "Free some space and try again; until then the store can still be read, and backed up to another disk."
        ))
    case .inputOutput(let message):
      ErrorReport(
        74, "input-output", w("读写失败：", "Reading or writing failed: ") + message,
        w("检查磁盘和目录权限。", "Check the disk and the folder's permissions."))
    case .file(let path, let number): file(path, number, w)
    case .damaged(let what):
      ErrorReport(
        65, "damaged", w("库已损坏：", "The store is damaged: ") + DamageWords.text(what, w),
        w(
          "运行 taizhang doctor --repair；必要时从备份恢复。",
          "Run `taizhang doctor --repair`; restore a backup if need be."))
    case .noRecord, .shortPrefix, .ambiguousRecord: naming(error, w)
    case .noContent, .damagedContent: contents(error, w)
    }
  }

  /// A record that an id's first digits do not name.
  private static func naming(_ error: StoreError, _ w: Words) -> ErrorReport {
    switch error {
    case .noRecord(let prefix):
      ErrorReport(
        66, "no-record", w("没有编号以 \(prefix) 开头的记录。", "No record's id begins with \(prefix)."),
        w("用 taizhang list 查看编号。", "`taizhang list` shows the ids."))
    case .shortPrefix(let prefix):
      ErrorReport(
        64, "short-id",
        w("“\(prefix)”太短：编号至少给出前 4 位。", "\"\(prefix)\" is too short: give 4 digits of the id or more."),
        w("用 taizhang list 查看编号。", "`taizhang list` shows the ids."))
    case .ambiguousRecord(let prefix, let matches, let count):
      ErrorReport(
        65, "ambiguous-id",
        w("\(prefix) 对应 \(count) 条记录：", "\(prefix) matches \(count) records: ")
          + matches.joined(separator: ", ") + (count > matches.count ? w(" 等", ", …") : ""),
        w("多给几位编号。", "Give more digits of the id."))
    default: unworded(error, w)
    }
  }

  /// An attachment's file.
  private static func contents(_ error: StoreError, _ w: Words) -> ErrorReport {
    switch error {
    case .noContent(let content):
      ErrorReport(
        66, "attachment-not-here",
        w(
          "附件 \(content.description.prefix(12)) 不在本机。",
          "Attachment \(content.description.prefix(12)) is not here."),
        w("运行 taizhang sync --attachments 取来。", "Fetch it with `taizhang sync --attachments`."))
    case .damagedContent(let content):
      ErrorReport(
        65, "attachment-damaged",
        w(
          "附件 \(content.description.prefix(12)) 的文件已损坏。",
          "The file of attachment \(content.description.prefix(12)) is damaged."),
        w("运行 taizhang sync --attachments 重新取来。", "Fetch it anew with `taizhang sync --attachments`."))
    default: unworded(error, w)
    }
  }
}
