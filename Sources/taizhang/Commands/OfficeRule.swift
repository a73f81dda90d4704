import ArgumentParser
import Ledger
import Node

/// The region's word on its own logs that have too many branches.
struct RuleOnOwnLogs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rule",
    abstract:
      "At the region: of its own logs with too many branches have the N longest count, and the others not.",
    discussion: """
      Nobody stands above the region to rule. What is said here stands for good and at every office; it takes no rights \
      away and touches no other log. `taizhang forks` says what lies on each branch.
      Example: taizhang office rule --keep-branches 8
      """)
  @OptionGroup var common: CommonOptions
  @Option(help: "Of each log that has too many branches keep the N longest, 0 to \(LogLimits.branches).")
  var keepBranches: Int

  func validate() throws {
    guard (0...LogLimits.branches).contains(keepBranches) else {
      throw ValidationError("--keep-branches: 0–\(LogLimits.branches)")
    }
  }

  func run() throws {
    let node = try common.open()
    let count = try node.ruleOnOwnLogs(keepingBranches: keepBranches)
    let printer = Printer(options: common)
    if common.json {
      printer.json(.object([("logs", .count(count)), ("kept", .count(keepBranches))]))
    } else {
      printer.data(
        count == 0
          ? printer.words("本单位没有分叉过多的日志，没有改动", "no log of this office has too many branches; nothing changed")
          : printer.words(
            "已裁定 \(count) 个日志：各保留最长的 \(keepBranches) 支，其余不计入；下次同步时各单位照办",
            "ruled on \(Counted.text(UInt64(count), "log")): the \(keepBranches) longest branches of each count, the others do not; offices follow when they next sync"
          ))
    }
  }
}
