import Ledger
import Store

/// What is to be said of a log with several branches: whose it is, what lies on each, and what is to be done.
struct ForkWords {
  let output: RecordOutput
  var words: Words { output.words }

  /// A fork in full: a line of its own for the log and for each branch, and what to do.
  func lines(_ fork: Fork) -> [String] {
    [heading(fork)] + fork.branches.enumerated().map { "  " + line($1, number: $0 + 1, of: fork) }
      + ["  " + advice(fork)]
  }

  private func heading(_ fork: Fork) -> String {
    let node = String(fork.log.node.description.prefix(12))
    let office = "\(output.office(fork.log.node) ?? node)  \(output.text(fork.log.space.division))"
    let count = fork.branches.count
    let section = fork.log.space.section == .notices ? words("公告", "notices ") : ""
    let since = fork.at.map(LocalTime.minute)
    return since.map {
      words(
        "\(office)（电脑 \(node)）的\(section)日志在第 \(fork.n) 个变更（\($0)）之后分为 \(count) 支：",
        "\(office) (computer \(node)): the \(section)log parts into \(count) branches after change \(fork.n) (\($0)):"
      )
    }
      ?? words(
        "\(office)（电脑 \(node)）的\(section)日志从一开始就分为 \(count) 支：",
        "\(office) (computer \(node)): the \(section)log parts into \(count) branches from its beginning:")
  }

  private func line(_ branch: Fork.Branch, number: Int, of fork: Fork) -> String {
    let span =
      LocalTime.minute(branch.from) == LocalTime.minute(branch.to)
      ? LocalTime.minute(branch.from)
      : words(
        "\(LocalTime.minute(branch.from)) 至 \(LocalTime.minute(branch.to))",
        "\(LocalTime.minute(branch.from)) to \(LocalTime.minute(branch.to))")
    let cut = branch.counts ? "" : words("（不计入）", " (does not count)")
    return words(
      "第 \(number) 支\(cut)：变更 \(branch.changes) 个，\(span)；\(contents(branch))",
      "branch \(number)\(cut): \(Words.counted(branch.changes, "change")), \(span); \(contents(branch))")
  }

  func contents(_ branch: Fork.Branch) -> String {
    var parts: [String] = []
    if branch.recordCount > 0 {
      let named = branch.records.map(name).joined(separator: words("、", ", "))
      let isMore = branch.recordCount > branch.records.count || !branch.isWhole
      let least = branch.isWhole ? "" : words("至少 ", "at least ")
      parts.append(
        words(
          "记录 \(least)\(branch.recordCount) 条：\(named)\(isMore ? "等" : "")",
          "\(least)\(Words.counted(branch.recordCount, "record")): \(named)\(isMore ? ", …" : "")"))
    }
    if branch.statementCount > 0 {
      parts.append(
        words(
          "证书、方案等公告 \(branch.statementCount) 项",
          "\(branch.statementCount) of certificates, packs and the like"))
    }
    if parts.isEmpty { parts.append(words("没有涉及记录", "no records")) }
    return parts.joined(separator: words("；", "; "))
  }

  private func name(_ view: RecordView) -> String {
    let heading = output.heading(view)
    let title = heading.isEmpty ? "" : words("“\(heading)”", " \"\(heading)\"")
    let deleted = view.existence == .deleted ? words("（已删除）", " (deleted)") : ""
    return "\(output.kindName(view))\(title) \(view.id)\(deleted)"
  }

  /// What is to be done: usually nothing.
  private func advice(_ fork: Fork) -> String {
    if fork.isCut {
      return words(
        "分叉之后的各支都不计入：原因和如何裁定见 taizhang quarantine。",
        "Nothing after the fork counts: `taizhang quarantine` says why, and who rules how.")
    }
    let kept =
      fork.conflicted == 0
      ? words("各支都已保留并计入，无须处理。", "All branches are kept and count: nothing has to be done.")
      : words(
        "各支都已保留并计入；其中 \(fork.conflicted) 条记录有待裁定的冲突，见 taizhang conflicts。",
        "All branches are kept and count; \(Words.counted(fork.conflicted, "record")) among them "
          + "with an open conflict: see `taizhang conflicts`.")
    return ([kept] + [ForkWords.warning(fork.branches.count, words)].compactMap(\.self)).joined(
      separator: words("", " "))
  }

  /// How near a log with so many branches is to where none of them counts; nil where it is not.
  static func warning(_ count: Int, _ w: Words) -> String? {
    guard count >= LogLimits.branchesToWarnOf else { return nil }
    return w(
      "已有 \(count) 支，超过 \(LogLimits.branches) 支将全部隔离：请查明该电脑为何一再退回旧状态（虚拟机快照、系统还原、整盘恢复）。",
      "There are \(count) branches, and with more than \(LogLimits.branches) none would count: find out why that computer goes back to an earlier state again and again (snapshots of a virtual machine, a restored disk)."
    )
  }

  /// For `verify` and `doctor`: no damage, but nothing to be passed over in silence.
  static func summary(_ count: Int, _ w: Words) -> String? {
    guard count > 0 else { return nil }
    return w(
      "另有 \(count) 个日志分叉，不算问题：各支内容和办法见 taizhang forks。",
      "\(Words.counted(count, "log")) with several branches, which is no damage: `taizhang forks` says what lies on each."
    )
  }

  /// For a session or a merge in which further branches came.
  static func arrival(_ count: Int, _ w: Words) -> String? {
    guard count > 0 else { return nil }
    return w(
      "有 \(count) 个日志多了分支（一台电脑退回旧状态后又继续录入，或同一份库有两处在用）：各支都已保留并计入，内容见 taizhang forks。",
      "\(Words.counted(count, "log")) with a branch more (a computer went back to an earlier state and wrote on, or one store is in use twice): all branches are kept and count; `taizhang forks` says what lies on each."
    )
  }
}
