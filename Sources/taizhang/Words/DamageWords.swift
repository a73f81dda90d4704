/// What of a store is damaged, in words. The store names it in English, by what it was reading.
enum DamageWords {
  static func text(_ what: String, _ w: Words) -> String {
    guard w.isChinese else { return what }
    for (pattern, words) in patterns {
      if let match = what.wholeMatch(of: pattern) { return words(String(match.output.1)) }
    }
    return fixed[what] ?? what
  }

  // Unsafe in name only: none of these is ever changed.
  nonisolated(unsafe) private static let patterns: [(Regex<(Substring, Substring)>, (String) -> String)] = [
    (/change ([0-9]+): .*/, { "第 \($0) 个变更读不出来" }),
    (/change ([0-9]+) .*is not in the log/, { "日志里没有第 \($0) 个变更" }),
    (/change ([0-9]+) has no mutation .*/, { "第 \($0) 个变更里缺内容" }),
    (/branch of change ([0-9]+)/, { "第 \($0) 个变更不属于任何日志" }),
    (/record ([0-9]+)/, { "第 \($0) 行记录读不出来" }),
    (/state of record (.+)/, { "记录 \($0) 的状态读不出来" }),
    (/(campaign pack: .*)/, { _ in "方案读不出来" }),
  ]

  private static let fixed = [
    "database disk image is malformed": "数据库文件损坏或不完整",
    "the store holds no campaign pack": "库里没有方案", "the store has no epoch": "库里没有日志的编号",
    "an office's row": "单位资料读不出来", "an attachment's record": "附件目录读不出来",
    "an imported row": "导入记录读不出来", "an erased change's row": "抹除记录读不出来",
    "a branch's row": "日志目录读不出来", "a space's row": "区划目录读不出来",
  ]
}
