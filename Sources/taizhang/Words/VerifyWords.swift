/// What `verify` found, in words.
enum VerifyWords {
  static func text(_ code: String, _ w: Words) -> String {
    switch code {
    case "head-mismatch": w("日志末端与记下的不符", "the log does not end in the head that is noted")
    case "missing-change": w("中间缺一个变更", "a change is missing in between")
    case "chain-broken": w("哈希链断开：内容被改动过", "the hash chain breaks: something was altered")
    case "state-sum-mismatch": w("记录与日志不符", "the records do not fit the logs")
    case "unreadable-record": w("记录无法由日志重建", "a record cannot be made anew from the logs")
    case "database": w("数据库文件损坏", "the database file is damaged")
    default: QuarantineWords.text(code, w)
    }
  }
}
