import Node

/// What is to be said of a store that is a copy of another one, or was moved.
enum CopyWords {
  /// Said once, when it is noticed.
  static func note(_ copy: StoreCopy, of office: String, _ w: Words) -> String {
    let what =
      copy.original.map {
        w(
          "本目录是“\(office)”台账库的副本（原库仍在 \($0)）。",
          "This folder is a copy of the store of \(office), which is still in \($0).")
      }
      ?? w(
        "本目录是“\(office)”的台账库，是复制或搬移而来的。",
        "This folder holds the store of \(office), and was copied or moved here.")
    return what
      + w(
        "从此自成一库，已有内容一项不少。两边都在用的，各自运行 taizhang sync，即可取得对方录入的内容；同一项两边都改过的，列为冲突，由人裁定。",
        " From now on it is a store of its own; nothing is lost. If both are in use, `taizhang sync` on either side brings what the other entered; what both changed is shown as a conflict for a person to settle."
      )
  }

  /// The line of `status`, until the store has synced.
  static func text(_ copy: StoreCopy, _ w: Words) -> String {
    let from =
      copy.original.map { w("原库在 \($0)", "of the store in \($0)") } ?? w("复制或搬移而来", "or moved here")
    return w(
      "自 \(LocalTime.text(copy.since)) 起自成一库（\(from)）；同步一次，即取回原库送交过的内容",
      "a store of its own since \(LocalTime.text(copy.since)) (\(from)); a sync brings what the other one has handed in"
    )
  }

  static func json(_ copy: StoreCopy) -> JSON {
    .object([
      ("since", .string(Timestamp.text(copy.since))), ("original", .optional(copy.original)),
      ("synced", .bool(copy.hasSynced)),
    ])
  }
}
