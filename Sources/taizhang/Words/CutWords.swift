import Ledger
import Store

/// What is to be said of a log that is cut, and what is to be done.
struct CutWords {
  let labels: OfficeLabels
  let words: Words

  /// - Returns: nil where the line is about something else.
  func text(_ line: QuarantineLine) -> String? {
    guard let beyond = line.beyondCut else { return nil }
    let node = String(line.log.node.description.prefix(12))
    let office = "\(labels[line.log.node])  \(line.log.space.division)"
    return "\(office)  " + what(line, beyond) + words("", " ") + advice(node, beyond)
  }

  private func what(_ line: QuarantineLine, _ beyond: QuarantineLine.BeyondCut) -> String {
    let log = beyond.isOfRegion ? words("中心节点自己的日志", "the region's own log") : words("日志", "the log")
    let why =
      beyond.isAmbiguous
      ? words(
        "\(log)中有两个变更同名，无从分辨所指", "\(log) has two changes of one name, and nobody can say which is meant")
      : words("\(log)分叉超过 \(LogLimits.branches) 支", "\(log) has more than \(LogLimits.branches) branches")
    let also = beyond.isOfRegion ? words("，其中的吊销、方案也不再生效", ", revocations and packs among them too") : ""
    return words(
      "\(why)，自第 \(line.n) 个变更起一律不计入：\(beyond.branches) 支、共 \(beyond.changes) 个变更暂行隔离\(also)。",
      "\(why); nothing counts of it from change \(line.n) on: \(beyond.branches) branches with \(beyond.changes) changes are set aside\(also)."
    )
  }

  private func advice(_ node: String, _ beyond: QuarantineLine.BeyondCut) -> String {
    let look = words("各支内容见 taizhang forks。", "`taizhang forks` says what lies on each branch.")
    // Two of one name come of no accident: somebody searched for them.
    let odd =
      beyond.isAmbiguous
      ? words(
        "这不会偶然发生：请查该电脑和程序；保留的各支中不能仍有同名的两个。",
        "That does not happen by chance: see who has the computer and what runs there. Of the two no more than one may be among what is kept. "
      ) : ""
    if beyond.isOfRegion {
      return odd + look
        + words(
          "它上面再无单位，由它自己裁定：在其台账库上运行 taizhang office rule --keep-branches N，最长的 N 支计入，其余不计；此后照常使用同一个库。",
          " Nobody stands above the region, so it rules itself: `taizhang office rule --keep-branches N` on its store has the N longest count and the others not; the store stays in use."
        )
    }
    return odd
      + words(
        "请该单位先同步一次交齐，\(look)再由其上级裁定：运行 taizhang office revoke \(node)（加 --keep-branches N 保留最长的 N 支），再由该单位另建台账库重新入网。",
        "Let the office sync first and hand in what it has; \(look) Then an office above has to rule: `taizhang office revoke \(node)` (with --keep-branches N the N longest stay); then let the office join again with a new store."
      )
  }

  /// What is said where logs stay cut of which branches were to be kept, and why each does; nothing where none does.
  static func remaining(_ logs: [QuarantineLine], _ w: Words) -> [String] {
    let ambiguous = logs.count { $0.beyondCut?.isAmbiguous == true }
    let others = logs.count - ambiguous
    let again = w(
      "请以更小的 --keep-branches 再裁定一次；0 只保留分叉之前的部分。",
      "Rule again with a lower --keep-branches; 0 keeps what lies before the fork.")
    var texts: [String] = []
    if ambiguous > 0 {
      texts.append(
        w(
          "仍有 \(ambiguous) 个日志自首个分叉起不计入：保留的各支中还有两个同名变更。\(again)",
          "\(Words.counted(ambiguous, "log")) still cut at the first fork: what is kept has two changes of one name. \(again)"
        ))
    }
    if others > 0 {
      texts.append(
        w(
          "仍有 \(others) 个日志自首个分叉起不计入：计入的仍超过 \(LogLimits.branches) 支。\(again)各支内容见 taizhang forks。",
          "\(Words.counted(others, "log")) still cut at the first fork: more than \(LogLimits.branches) branches would count. \(again) `taizhang forks` says what lies on each branch."
        ))
    }
    return texts
  }

  /// What is said where it comes to be cut.
  static func arrival(_ w: Words) -> String {
    w(
      "收到的某个日志分叉过多或有同名变更，自首个分叉起不再计入：用 taizhang quarantine 查看是哪个单位、如何处理。",
      "A log that came has too many branches, or two changes of one name: nothing counts of it after its first fork. `taizhang quarantine` says whose it is and what to do."
    )
  }

  /// One line a log that is cut.
  func texts(_ lines: [QuarantineLine]) -> [String] { lines.compactMap(text) }
}
