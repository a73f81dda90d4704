import ArgumentParser
import Ledger
import Node
import Store

/// The region's word on its own logs that have too many branches.
struct RuleOnOwnLogs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rule",
    abstract: .words(
      "中心节点裁定自己分叉过多的日志：最长的几支计入，其余不计。",
      "At the region: of its own logs with too many branches have the N longest count, and the others not."),
    discussion: .examples(
      "taizhang office rule --keep-branches 8",
      note: .words(
        "中心节点之上无人可裁定。裁定一次即在各单位永久有效；不吊销任何权利，也不涉及别的日志。各支内容见 taizhang forks。",
        "Nobody stands above the region to rule. What is said here stands for good and at every office; it takes no rights away and touches no other log. `taizhang forks` says what lies on each branch."
      )))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Option(
    help: .words(
      "分叉过多的日志各保留最长的几支，0 至 \(LogLimits.branches)。",
      "Of each log that has too many branches keep the N longest, 0 to \(LogLimits.branches).", .number))
  var keepBranches: Int

  func run() throws {
    try KeptBranches.require(keepBranches)
    let node = try common.open()
    let ruling = try node.ruleOnOwnLogs(keepingBranches: keepBranches)
    let beyond = ruling.beyondRuling.count
    let printer = Printer(options: common)
    let remaining = try node.store.read { try $0.cutLogs() }
      .filter { $0.log.node == node.facts.node && !ruling.beyondRuling.contains($0.log) }
    let count = ruling.logs - remaining.count
    if common.json {
      printer.json(
        .object([
          ("logs", .count(count)), ("kept", .count(keepBranches)), ("beyond_ruling", .count(beyond)),
          ("still_cut", .count(remaining.count)),
          ("plan_reissued", .optional(ruling.reissued.map(Int64.init))),
        ]))
    } else {
      if count > 0 || beyond == 0 && remaining.isEmpty {
        printer.data(said(count, printer))
      }
      if let version = ruling.reissued {
        printer.data(
          printer.words(
            "第 \(version) 版方案在不计入的分支上，已重新下发，仍为现行方案；不用它请 taizhang plan import 另行下发",
            "version \(version) of the plan lay on a branch that does not count; it was issued again and stays in force: `taizhang plan import` issues another"
          ))
      }
      if beyond > 0 {
        printer.data(
          printer.words(
            "另有 \(beyond) 个日志无法裁定，首个分叉起的内容仍不计入",
            "\(Words.counted(beyond, "log")) cannot be ruled on: what comes after the first fork still does not count"
          ))
      }
    }
    for text in CutWords.remaining(remaining, printer.words) { printer.note(text) }
    if !remaining.isEmpty { throw ExitCode(1) }
  }

  private func said(_ count: Int, _ printer: Printer) -> String {
    count == 0
      ? printer.words("本单位没有分叉过多的日志，没有改动", "no log of this office has too many branches; nothing changed")
      : printer.words(
        "已裁定 \(count) 个日志：各保留最长的 \(keepBranches) 支，其余不计入；下次同步时各单位照办",
        "ruled on \(Words.counted(count, "log")): the \(keepBranches) longest branches of each count, the others do not; offices follow when they next sync"
      )
  }
}
