import Node
import Store

/// What a merge says of a source while it goes on.
enum MergeWords {
  /// One source, as it is told while the merge goes on.
  static func lines(_ source: LocalNode.MergeSource, _ words: Words) -> [String] {
    // What to do about it stands on a line of its own.
    let hint = source.error.map { SafeText.line("  " + ErrorReport($0, words: words).hint) }
    return [line(source, words)] + (hint.map { [$0] } ?? [])
  }

  private static func line(_ source: LocalNode.MergeSource, _ words: Words) -> String {
    let from = source.maker.map { words("（\($0.name)）", " (\($0.name))") } ?? ""
    if let error = source.error, source.changes == 0 {
      let path = source.path
      let report = ErrorReport(error, words: words)
      let source = "\(source.path)\(from)\(words("：", ": "))"
      return SafeText.line((report.message.hasPrefix(path) ? "" : source) + report.message)
    }
    let figures = words(
      "变更 \(source.changes)，新收 \(source.applied)，已有 \(source.already)",
      "\(Words.counted(source.changes, "change")), \(source.applied) new, \(source.already) here already")
    let reasons = Set(source.refused.map { QuarantineWords.text($0.reason, words) }).sorted()
    let refused =
      source.rejected > 0
      ? words(
        "，隔离变更 \(source.rejected) 项：\(reasons.joined(separator: "；"))",
        ", \(Words.counted(source.rejected, "change")) set aside: \(reasons.joined(separator: "; "))") : ""
    let leftOut =
      source.leftOut > 0
      ? words("，因中间缺变更未收 \(source.leftOut)", ", \(source.leftOut) left out: a change before them is missing")
      : ""
    let further = [
      source.beyondBranches > 0 ? beyondBranches(source, words) : nil,
      source.attachments > 0 ? attachments(source, words) : nil,
    ].compactMap(\.self).map { words("，", ", ") + $0 }.joined()
    let error = source.error.map { words("；", "; ") + ErrorReport($0, words: words).message } ?? ""
    return SafeText.line(
      "\(source.path)\(from)\(words("：", ": "))\(figures)\(refused)\(leftOut)\(further)\(error)")
  }

  /// That a signal ended it, and what was not done.
  static func interrupted(_ merged: LocalNode.MergeReport, isDryRun: Bool, _ w: Words) -> ErrorReport {
    guard merged.isCutOffDeciding, !isDryRun else { return ErrorReport(NodeError.interrupted, words: w) }
    return ErrorReport(
      75, "interrupted",
      w(
        "中途被叫停：来源都已收完，按规则已裁定 \(merged.conflictsDecided) 个冲突，其余没有裁定。",
        "Interrupted: all sources were taken in; \(Words.counted(merged.conflictsDecided, "conflict")) settled by rule, the others not."
      ),
      w("再运行一次同样的合并，接着裁定。", "Run the same merge again: it goes on with those."))
  }

  static func beyondBranches(_ source: LocalNode.MergeSource, _ w: Words) -> String {
    w(
      "因日志分叉过多未收 \(source.beyondBranches)",
      "\(source.beyondBranches) left out: on a further branch of a log with too many")
  }

  static func attachments(_ source: LocalNode.MergeSource, _ w: Words) -> String {
    w("新收附件 \(source.attachments)", Words.counted(source.attachments, "new attachment"))
  }

  /// How far its maker's clock is off, where that is worth a word.
  static func clock(_ source: LocalNode.MergeSource, _ w: Words) -> String? {
    source.drift.map { ClockDrift(milliseconds: $0, isLeast: true) }
      .flatMap { ClockWords.text($0, to: source.maker?.name ?? source.name, w) }
      .map(SafeText.line)
  }

  /// What of it was not kept, and what else is to be done about it.
  static func notes(_ source: LocalNode.MergeSource, _ w: Words) -> [String] {
    var notes: [String] = []
    if source.attachmentsUnwritten > 0 {
      notes.append(
        w(
          "其中 \(source.attachmentsUnwritten) 个附件写不进库目录，或另一会话正在取，没有收下：再合并一次。",
          "\(source.attachmentsUnwritten) of its attachments were not kept: they could not be written, or another session was at them. Merge it again."
        ))
    }
    if source.attachmentsUnkept > 0 {
      notes.append(
        w(
          "磁盘空间不足，其中 \(source.attachmentsUnkept) 个附件没有收下：腾出空间后再合并一次。",
          "\(source.attachmentsUnkept) of its attachments were not kept for want of room on the disk: free some and merge it again."
        ))
    }
    if source.hasCut { notes.append(CutWords.arrival(w)) }
    if let text = clock(source, w) { notes.append(text) }
    if source.importsLeft > 0 {
      notes.append(
        w(
          "那里导入过的台账，有 \(source.importsLeft) 行无从核对，本库不记为已导入：再导入这些台账会重复。",
          "Of the ledgers imported there, \(Words.counted(source.importsLeft, "row")) cannot be checked and will not count as imported here: importing those ledgers again doubles them."
        ))
    }
    if source.importsUnread {
      notes.append(
        w(
          "那里导入过哪些台账，已读不出来：再导入会重复。",
          "Which ledgers were imported there cannot be read any more: importing one again doubles it."))
    }
    return notes
  }

  /// Folders that have nothing for a merge, and links that lead elsewhere.
  static func passedOver(_ merged: LocalNode.MergeReport, _ w: Words) -> [String] {
    merged.emptyFolders.map {
      w("\($0) 里没有数据包、备份或台账库，没有可并入的。", "\($0) holds no bundle, backup or store: there is nothing to take in.")
    }
      + merged.linksOut.map {
        w(
          "链接 \($0) 指向所给目录之外，没有跟随：需要并入时请直接给出它。",
          "The link \($0) leads out of the folder that was named and was not followed: name it itself to take in what it leads to."
        )
      }
  }
}
