/// What `verify` found, in words.
enum VerifyWords {
  static func text(_ code: String, _ w: Words) -> String {
    switch code {
    case "head-mismatch": w("日志末端与记下的不符", "the log does not end in the head that is noted")
    case "log-cut": w("日志末尾缺变更", "changes at the log's end are missing")
    case "missing-change": w("中间缺一个变更", "a change is missing in between")
    case "values-missing": w("缺少内容，且没有相应的抹除指令", "values are missing, and no redaction names them")
    case "not-erased": w("应抹除的内容仍在", "what a redaction names is still here")
    case "chain-broken": w("哈希链断开：内容被改动过", "the hash chain breaks: something was altered")
    case "state-sum-mismatch": w("记录与日志不符", "the records do not fit the logs")
    case "unreadable-record": w("记录无法由日志重建", "a record cannot be made anew from the logs")
    case "state-mismatch": w("记录的状态与日志不符", "a record's state is not what the logs make it")
    case "column-mismatch": w("记录的类别、日期或计划条目与其内容不符", "a record's kind, date or items do not fit its content")
    case "record-missing": w("日志里的记录不在表中", "a record that the logs hold is not there")
    case "stray-record": w("有记录不出自任何日志", "a record is there that no log holds")
    case "touch-mismatch": w("记录与变更的对照表与日志不符", "which changes touched which records is not what the logs say")
    case "conflict-mismatch": w("冲突表与记录不符", "the open conflicts do not fit the records")
    case "unique-mismatch": w("唯一值表与记录不符", "the values that only one record may have do not fit the records")
    case "pair-mismatch": w("同一活动的关联与记录不符", "the links between records do not fit the records")
    case "awaited-mismatch": w("等待中的变更没有记下", "a change that a record awaits is not noted")
    case "search-mismatch": w("搜索索引缺少记录的文字", "the search index lacks a record's text")
    case "pack-mismatch": w("方案与其原文不符", "the pack in force is not what its text says")
    case "open-key": w("密钥文件对他人开放", "others may read or write a key's file")
    case "open-folder": w("身份目录对他人开放", "others may look into the identity's folder")
    case "open-store": w("台账库文件对他人开放", "others may read or write the store's file")
    case "open-certificate": w("证书文件可被他人改写", "others may write a certificate's file")
    case "other-key": w("密钥、证书与库不配套", "key, certificate and store do not belong together")
    case "untrusted-certificate": w("证书链不通向中心的根证书", "the certificate does not lead to the region's CA")
    case "stray-file": w("中断的操作留下的文件", "a file that a run which was cut off left behind")
    case "digest-mismatch": w("区划的摘要与日志末端不符", "a space's digest does not fit the heads of its logs")
    case "statement-mismatch": w("公告内容与日志不符", "what a notice says is kept otherwise than in the log")
    case "time-mismatch": w("记下的时间与变更不符", "the time that is noted is not the change's")
    case "running-mismatch": w("到达次序的哈希不符", "the hash of the arrivals breaks")
    case "cut-mismatch": w("分叉过多的日志未在首个分叉处截断", "a log with too many branches is not cut at its first fork")
    case "withdrawn-mismatch": w("吊销划定的界线与公告不符", "what counts of a log is not what the revocations say")
    case "no-branch", "bad-branch": w("变更不属于任何日志", "a change belongs to no log")
    case "receipt-mismatch": w("签收记录与签过名的回执不符", "what somebody signed for is not what is noted")
    case "office-mismatch": w("单位资料与其证书不符", "what is kept of an office is not what its certificate says")
    case "attachment-mismatch": w("附件目录与记录不符", "what is listed of attachments does not fit the record")
    case "attachment-lost": w("附件文件丢失", "an attachment's file is lost")
    case "attachment-unreadable": w("附件文件读不出来", "an attachment's file cannot be read")
    case "attachment-left": w("已抹除的附件文件删不掉", "an erased attachment's file could not be removed")
    case "attachment-damaged": w("附件文件损坏", "an attachment's file is damaged")
    case "database": w("数据库文件损坏", "the database file is damaged")
    default: QuarantineWords.text(code, w)
    }
  }

  /// What is said of files that no record has; nil where there are none.
  static func unclaimed(_ count: Int, _ w: Words) -> String? {
    guard count > 0 else { return nil }
    return w(
      "attachments 目录下有 \(count) 个附件文件不属于本库现有的记录（记录可能尚未同步回来，或操作中断）：一律保留；记录到达后再运行 taizhang doctor --repair 或 sync --attachments 即计入。",
      "In `attachments/`, of no record that is held here: \(Words.counted(count, "file")) (records that have yet to come back, or a run that was cut off). They stay; once such a record has come, `taizhang doctor --repair` or `sync --attachments` finds them."
    )
  }

  /// What is said of keys that were put aside; nil where there are none.
  ///
  /// - Parameter files: their paths in the store's folder.
  static func formerKeys(_ files: [String], _ w: Words) -> String? {
    guard !files.isEmpty else { return nil }
    return w(
      "库目录下有重新建库时放在一旁的私钥：\(files.joined(separator: "、"))。本库不用它们；确认没有单位再需要之后请删除。",
      "Private keys that were put aside when a store was made anew here: \(files.joined(separator: ", ")). This store does not use them; delete them once you are sure that no office needs them."
    )
  }
}
