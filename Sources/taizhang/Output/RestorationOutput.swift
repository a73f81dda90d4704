import Node
import Store

/// How far a store that was restored from a backup has back what it lost.
enum RestorationOutput {
  static func json(_ restoration: LocalNode.Restoration) -> JSON {
    .object([
      ("since", .string(Timestamp.text(restoration.since))), ("back", .count(restoration.account.back)),
      ("out", .count(restoration.account.out)),
      ("awaited", .array(restoration.awaited.map { .string($0) })),
    ])
  }

  static func text(_ restoration: LocalNode.Restoration, _ w: Words) -> String {
    let account = restoration.account
    var parts = [
      LocalTime.minute(restoration.since),
      w(
        "曾签收而丢失的变更已找回 \(account.back) 项，尚缺 \(account.out) 项",
        "of what it had signed for: \(Words.counted(account.back, "change")) back, \(account.out) still out"),
    ]
    if !restoration.awaited.isEmpty {
      let shown = restoration.awaited.prefix(shownOffices).joined(separator: w("、", ", "))
      let count = restoration.awaited.count
      let more = count > shownOffices ? w("等 \(count) 个单位", " and others, \(count) in all") : ""
      parts.append(w("恢复后尚未联系：", "not in touch since: ") + shown + more)
    } else if account.out == 0 {
      parts.append(w("各单位均已联系，已补齐", "every office has been in touch: nothing is out"))
    }
    return parts.joined(separator: w("；", "; "))
  }

  private static let shownOffices = 8
}
