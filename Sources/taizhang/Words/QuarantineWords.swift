import Store

/// Why something was set aside and what is to be done about it, in words.
enum QuarantineWords {
  static func text(_ reason: String, _ w: Words) -> String {
    switch reason {
    case "revoked":
      w("作者已被吊销，这部分不在吊销时承认的范围内", "its author was revoked, and this is beyond what the revocation honours")
    case "narrowed":
      w(
        "作者的范围缩小后，超出新范围且未获承认",
        "beyond what a narrowing of its author's scope honours, and outside the new scope")
    case "ruled-out":
      w("中心节点裁定日志分叉时未保留", "a branch that the region did not keep when it ruled on its own log")
    case "unknown-author": w("没有其作者的有效证书", "no certificate of its author counts here")
    case "out-of-scope": w("超出作者或本单位的范围", "outside the scope of its author or of this office")
    case "does-not-follow": w("它之前的变更已被隔离", "what it follows was set aside")
    case "bad-signature": w("签名不对", "a wrong signature")
    case QuarantineLine.cutReason:
      w("日志分叉过多，自首个分叉起隔离", "the log has too many branches: all after its first fork is set aside")
    case QuarantineLine.ambiguousReason:
      w(
        "日志中有两个变更同名，自首个分叉起隔离",
        "two changes of the log have one name: all after its first fork is set aside")
    case "unsigned": w("没有签名", "not signed")
    case "values-missing": w("缺少内容，且没有相应的抹除指令", "values are missing, and no redaction names them")
    case "bad-body": w("内容不合格式", "content that breaks the format")
    default: reason
    }
  }

  /// - Parameter isRegion: whether it is told at the region, above which there is nobody.
  static func advice(_ reason: String, isRegion: Bool, _ w: Words) -> String {
    switch reason {
    case "out-of-scope" where !isRegion:
      w(
        "不在本单位范围内的不会计入，请交给它的上级；作者的范围有变的，与上级同步后，证书到达即自动计入",
        "What lies outside this office's own scope will not count here: take it to an office above it. If its author's scope was "
          + "changed, synchronise with the office above: it counts once the certificate has come")
    case "unknown-author" where isRegion, "out-of-scope":
      w(
        "与作者或给它发证的单位同步，证书到达即自动计入；若一直不计入，用 taizhang office list 核对该单位的登记",
        "Synchronise with its author, or with whoever enrolled that: it counts once the certificate has come. If it never "
          + "does, see by `taizhang office list` how its author is enrolled")
    case "values-missing" where isRegion:
      w(
        "与作者或其他单位同步，抹除指令到达即自动计入",
        "Synchronise with its author or other offices: it counts once the redaction has come")
    case "revoked":
      w(
        "如属误判，请吊销它的上级用 taizhang office reinstate 恢复",
        "If that was a mistake, the office that revoked it takes it back: `taizhang office reinstate`")
    case "narrowed":
      w(
        "记录若仍需要，请现负责的单位重新填报；如属误判，请上级恢复其范围",
        "Where the records are needed, have the office now in charge enter them; if the narrowing was a mistake, "
          + "the office above widens the scope again")
    case "ruled-out":
      w("无需处理；其中的记录若仍需要，请重新填报", "Nothing is to be done; where its records are needed, enter them again")
    case "unknown-author":
      w(
        "与上级同步后，证书到达即自动计入；若一直不计入，请上级核对该单位的登记",
        "Synchronise with the office above: it counts once the certificate has come. If it never does, ask that office "
          + "how its author is enrolled")
    case "does-not-follow":
      w("先处理同一单位排在前面的一条，此条随之计入", "See to the line of the same office before it; this one follows by itself")
    case "values-missing":
      w("与上级同步，抹除指令到达即自动计入", "Synchronise with the office above: it counts once the redaction has come")
    case "bad-signature", "unsigned", "bad-body":
      w(
        "来源已损坏或被改动：请从原单位或另一份副本重新同步或合并，正确的变更到达后此条自动消失",
        "The source is damaged or was altered: synchronise with the office itself, or merge another copy; the line "
          + "goes once the right change has come")
    default:
      w("请升级本程序后再看", "A newer version of this program may tell more")
    }
  }
}
