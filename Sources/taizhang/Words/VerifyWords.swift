/// What `verify` found, in words.
enum VerifyWords {
  static func text(_ code: String, _ w: Words) -> String {
    switch code {
    case "head-mismatch": w("日志末端与记下的不符", "the log does not end in the head that is noted")
    case "missing-change": w("中间缺一个变更", "a change is missing in between")
    case "values-missing": w("缺少内容，且没有相应的抹除指令", "values are missing, and no redaction names them")
    case "not-erased": w("应抹除的内容仍在", "what a redaction names is still here")
    case "chain-broken": w("哈希链断开：内容被改动过", "the hash chain breaks: something was altered")
    case "state-sum-mismatch": w("记录与日志不符", "the records do not fit the logs")
    case "unreadable-record": w("记录无法由日志重建", "a record cannot be made anew from the logs")
    case "state-mismatch": w("记录的状态与日志不符", "a record's state is not what the logs make it")
    case "column-mismatch": w("记录的类别、日期或条目与其内容不符", "a record's kind, date or items do not fit its content")
    case "digest-mismatch": w("区划的摘要与日志末端不符", "a space's digest does not fit the heads of its logs")
    case "statement-mismatch": w("公告内容与日志不符", "what a notice says is kept otherwise than in the log")
    case "time-mismatch": w("记下的时间与变更不符", "the time that is noted is not the change's")
    case "running-mismatch": w("到达次序的哈希不符", "the hash of the arrivals breaks")
    case "cut-mismatch": w("分叉过多的日志未在首个分叉处截断", "a log with too many branches is not cut at its first fork")
    case "no-branch", "bad-branch": w("变更不属于任何日志", "a change belongs to no log")
    case "office-mismatch": w("单位资料与其证书不符", "what is kept of an office is not what its certificate says")
    case "attachment-mismatch": w("附件目录与记录不符", "what is listed of attachments does not fit the record")
    case "attachment-lost": w("附件文件丢失", "an attachment's file is lost")
    case "attachment-damaged": w("附件文件损坏", "an attachment's file is damaged")
    case "database": w("数据库文件损坏", "the database file is damaged")
    default: QuarantineWords.text(code, w)
    }
  }
}
