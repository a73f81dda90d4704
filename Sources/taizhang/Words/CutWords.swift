import Ledger
import Store

/// What is to be said of a log that is cut because it has too many branches, and what is to be done.
struct CutWords {
  let labels: OfficeLabels
  let words: Words

  /// - Returns: nil where the line is about something else.
  func text(_ line: QuarantineLine) -> String? {
    guard let beyond = line.beyondCut else { return nil }
    let node = String(line.log.node.description.prefix(12))
    let office = "\(labels[line.log.node])  \(line.log.space.division)"
    if beyond.isOfRegion {
      return words(
        "\(office)  中心节点自己的日志分叉超过 \(LogLimits.branches) 支，自第 \(line.n) 个变更起一律不计入：\(beyond.branches) 支、共 \(beyond.changes) 个变更暂行隔离，其中的吊销、方案也不再生效。各支内容见 taizhang forks。它上面再无单位，由它自己裁定：在其台账库上运行 taizhang office rule --keep-branches N，最长的 N 支计入，其余不计；此后照常使用同一个库。",
        "\(office)  the region's own log has more than \(LogLimits.branches) branches; nothing counts of it from change \(line.n) on: \(beyond.branches) branches with \(beyond.changes) changes are set aside, revocations and packs among them too. `taizhang forks` says what lies on each branch. Nobody stands above the region, so it rules itself: `taizhang office rule --keep-branches N` on its store has the N longest count and the others not; the store stays in use."
      )
    }
    return words(
      "\(office)  日志分叉超过 \(LogLimits.branches) 支，自第 \(line.n) 个变更起一律不计入：\(beyond.branches) 支、共 \(beyond.changes) 个变更暂行隔离。请该单位先同步一次交齐，各支内容见 taizhang forks。再由其上级裁定：运行 taizhang office revoke \(node)（加 --keep-branches N 保留最长的 N 支），再由该单位另建台账库重新入网。",
      "\(office)  the log has more than \(LogLimits.branches) branches; nothing counts of it from change \(line.n) on: \(beyond.branches) branches with \(beyond.changes) changes are set aside. Let the office sync first and hand in what it has; `taizhang forks` says what lies on each branch. Then an office above has to rule: `taizhang office revoke \(node)` (with --keep-branches N the N longest stay); then let the office join again with a new store."
    )
  }

  /// What is said where it comes to be cut.
  static func arrival(_ w: Words) -> String {
    w(
      "收到的某个日志分叉过多，自首个分叉起不再计入：用 taizhang quarantine 查看是哪个单位、如何处理。",
      "A log that came has too many branches: nothing counts of it after its first fork. `taizhang quarantine` says whose it is and what to do."
    )
  }

  /// One line a log that is cut.
  func texts(_ lines: [QuarantineLine]) -> [String] { lines.compactMap(text) }
}
