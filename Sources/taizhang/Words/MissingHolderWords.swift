import Ledger
import Node
import Store

/// Where the attachments are that are missing here, and what is to be done to have them.
struct MissingHolderWords {
  /// So many offices are named.
  private static let named = 5
  private let facts: LocalNode.Facts
  private let labels: OfficeLabels
  private let words: Words

  init(_ facts: LocalNode.Facts, _ labels: OfficeLabels, _ words: Words) {
    self.facts = facts
    self.labels = labels
    self.words = words
  }

  func text(_ holders: [MissingHolder]) -> String {
    let seen = list(holders.filter(\.wasSeen)).map { words("存于 ", "at ") + $0 }
    let others = holders.filter { !$0.wasSeen && $0.node != facts.node }
    let maybe = list(others).map {
      words("就所知只在附上它的单位：", "as far as known only where they were attached: ") + $0
    }
    let lost = holders.filter { $0.node == facts.node && !$0.wasSeen }.reduce(0) { $0 + $1.count }
    let own =
      lost > 0
      ? words("本单位附上的 \(lost) 个，文件已不在本机", "\(lost) attached here, of which the files are gone") : nil
    let places = [seen, maybe, own].compactMap(\.self).joined(separator: words("；", "; "))
    return places + words("。", ". ") + rule
  }

  private func list(_ holders: [MissingHolder]) -> String? {
    guard !holders.isEmpty else { return nil }
    let named = holders.prefix(MissingHolderWords.named).map { holder in
      "\(labels[holder.node]) \(holder.count)"
    }
    let more = holders.count - named.count
    return named.joined(separator: words("、", ", "))
      + (more > 0 ? words("，另有 \(more) 个单位", " and \(Words.counted(more, "more office"))") : "")
  }

  private var rule: String {
    facts.isRegion
      ? words(
        "中心节点向每个对端取所缺的；隔着中间单位的，要中间单位用 sync --attachments 或 serve --attachments 才传得上来。",
        "The region asks every peer for them; what lies behind an office in between comes only where that one uses `sync --attachments` or `serve --attachments`."
      )
      : words(
        "本单位按规则只取自己附上的；要取齐并代转给上级，用 taizhang sync --attachments 或 serve --attachments。",
        "By rule an office fetches only what it attached itself; `taizhang sync --attachments` or `serve --attachments` fetches all, and so passes it on."
      )
  }
}
