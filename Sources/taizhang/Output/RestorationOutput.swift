import Node
import Store

/// How far a store that holds less than its office has signed for has back what it lacks.
enum RestorationOutput {
  static func label(_ restoration: LocalNode.Restoration, _ w: Words) -> String {
    switch restoration.cause {
    case .backup: w("曾被恢复", "Restored")
    case .copy: w("副本所缺", "Lacked by this copy")
    case .setBackOrCopied: w("曾退回或有副本", "Set back or copied")
    case .unknown: w("曾恢复、退回或有副本", "Restored, set back or copied")
    }
  }

  private static func code(_ cause: LocalNode.Restoration.Cause) -> String {
    switch cause {
    case .backup: "backup"
    case .copy: "copy"
    case .setBackOrCopied: "set-back-or-copied"
    case .unknown: "unknown"
    }
  }

  static func json(_ restoration: LocalNode.Restoration) -> JSON {
    .object([
      ("since", .string(Timestamp.text(restoration.since))), ("cause", .string(code(restoration.cause))),
      ("back", .count(restoration.account.back)),
      ("out", .count(restoration.account.out)),
      ("awaited", .array(restoration.awaited.map { .string($0) })),
    ])
  }

  static func text(_ restoration: LocalNode.Restoration, _ w: Words) -> String {
    let account = restoration.account
    var parts = [
      LocalTime.minute(restoration.since),
      w(
        "本单位签收过而本库没有的变更已找回 \(account.back) 项，尚缺 \(account.out) 项",
        "of what this office had signed for and this store did not hold: \(Words.counted(account.back, "change")) back, \(account.out) still out"
      ),
    ]
    if !restoration.awaited.isEmpty {
      let shown = restoration.awaited.prefix(shownOffices).joined(separator: w("、", ", "))
      let count = restoration.awaited.count
      let more = count > shownOffices ? w("等 \(count) 个单位", " and others, \(count) in all") : ""
      parts.append(w("此后尚未联系：", "not in touch since: ") + shown + more)
    } else if account.out == 0 {
      parts.append(
        w(
          "各单位均已联系（只经上级单位上报的，以其上级为准），已补齐",
          "every office has been in touch, or who hands in for it: nothing is out"))
    }
    return parts.joined(separator: w("；", "; "))
  }

  private static let shownOffices = 8
}
