import Campaign
import Foundation
import Ledger
import Node
import Reports
import Store

/// The account of a merge: what came from whom, what was decided by which rule, what waits for a person.
struct MergeAccount {
  let merged: LocalNode.MergeReport
  let words: Words
  let isDryRun: Bool

  enum Format: String {
    case html, json, txt

    /// - Throws: `UsageError` where the file's name says none of them.
    init(path: String) throws {
      let suffix = (path as NSString).pathExtension.lowercased()
      guard let format = Format(rawValue: suffix) else {
        throw UsageError(
          chinese: "--report 的文件名要以 .html、.json 或 .txt 结尾。",
          english: "The name for --report ends in .html, .json or .txt.")
      }
      self = format
    }
  }

  init(_ merged: LocalNode.MergeReport, words: Words, isDryRun: Bool) {
    self.merged = merged
    self.words = words
    self.isDryRun = isDryRun
  }

  /// The account as a file.
  ///
  /// - Parameter node: whose store has it all in, be it for a rehearsal.
  func bytes(_ format: Format, _ node: LocalNode) throws -> [UInt8] {
    let conflicts = try node.conflicts(RecordFilter())
    return try node.store.read { snapshot in
      let page = try MergePage(self, node, snapshot, conflicts)
      let text =
        switch format {
        case .html: HTMLRendering(page.document).text
        case .txt: TextRendering(page.document).text
        case .json: JSON.object(members + page.members).text + "\n"
        }
      return Array(text.utf8)
    }
  }

  var json: JSON { .object(members) }

  private var members: [(String, JSON)] {
    [
      ("sources", .array(merged.sources.map(json))),
      ("records_new", .count(merged.recordsNew)), ("records_changed", .count(merged.recordsChanged)),
      ("conflicts_open", .count(merged.conflictsOpen)),
      ("conflicts_decided", .count(merged.conflictsDecided)),
      ("conflicts_reopened", .count(merged.reopened.count)),
      ("duplicates_suspected", .count(merged.duplicatesSuspected)),
      ("forked_logs", .count(merged.forked.count)), ("withdrawn", .count(merged.withdrawn)),
      ("links_passed_over", .array(merged.linksOut.map { .string($0) })),
      ("plan_change", PlanChangeWords.json(merged.planChange)),
      ("reappeared", ReappearedWords.json(merged.reappeared)),
      ("needs_enrolment", .bool(merged.enrolmentLoss != nil)),
      ("enrolment_loss", .optional(merged.enrolmentLoss.map(EnrolmentWords.code))),
      ("dry_run", .bool(isDryRun)),
    ]
  }

  private func json(_ source: LocalNode.MergeSource) -> JSON {
    .object([
      ("path", .string(source.path)), ("from", .optional(source.maker?.name)),
      ("made_at", .optional(source.maker?.madeAt.map { Timestamp.text($0) })),
      ("changes", .count(source.changes)), ("applied", .count(source.applied)),
      ("already", .count(source.already)), ("rejected", .count(source.rejected)),
      ("left_out", .count(source.leftOut)), ("beyond_branches", .count(source.beyondBranches)),
      ("cut", .bool(source.hasCut)),
      ("attachments", .count(source.attachments)), ("attachments_unkept", .count(source.attachmentsUnkept)),
      ("attachments_unwritten", .count(source.attachmentsUnwritten)),
      ("imports_left", .count(source.importsLeft)), ("imports_unread", .bool(source.importsUnread)),
      ("regained", .count(source.regained)),
      ("taken_back", .count(source.takenBack.changes)),
      ("set_back", .bool(source.wasSetBack)),
      ("lost", .bool(source.hasLost)), ("clock_drift_ms", .optional(source.drift)),
      ("reason", .optional(reasonCode(source))),
    ])
  }

  /// Why a source, or part of it, was left out.
  private func reasonCode(_ source: LocalNode.MergeSource) -> String? {
    source.error.map { ErrorReport($0, words: words).code } ?? source.refused.first?.reason
  }
}

/// What of the account is read from the store.
private struct MergePage {
  private let account: MergeAccount
  private let node: LocalNode
  private let output: RecordOutput
  private let offices: [NodeID: DivisionCode]
  private let conflicts: [LocalNode.OpenConflict]
  private let suspects: [(a: RecordView, b: RecordView, resemblance: Resemblance)]
  private let forkOutput: ForkOutput
  private let forks: [Fork]
  private let snapshot: Snapshot
  private var words: Words { account.words }
  private var merged: LocalNode.MergeReport { account.merged }

  init(
    _ account: MergeAccount, _ node: LocalNode, _ snapshot: Snapshot, _ conflicts: [LocalNode.OpenConflict]
  ) throws {
    self.account = account
    self.node = node
    self.snapshot = snapshot
    self.conflicts = conflicts
    output = try RecordOutput(snapshot, words: account.words)
    offices = Dictionary(uniqueKeysWithValues: try snapshot.offices().map { ($0.node, $0.division) })
    forkOutput = ForkOutput(snapshot, output)
    forks = try account.merged.forked.sorted().compactMap { try snapshot.fork(of: $0) }.filter {
      // It may have been cut since the merge.
      !$0.isCut
    }
    suspects = try snapshot.suspectedDuplicates().compactMap { pair in
      guard let a = try snapshot.records(pair.a).first, let b = try snapshot.records(pair.b).first else {
        return nil
      }
      return (a, b, pair.resemblance)
    }
  }

  // MARK: JSON

  var members: [(String, JSON)] {
    [
      ("at", .string(Timestamp.text(node.surroundings.now()))), ("office", .string(node.facts.name)),
      (
        "authors",
        .array(
          merged.authors.map {
            .object([
              ("node", .string($0.node.description)), ("office", .optional(output.names[$0.node])),
              ("changes", .count($0.changes)),
            ])
          })
      ),
      ("decided", .array(merged.decided.map(decision))),
      ("waiting", .array(conflicts.map { listed($0).json })),
      ("duplicates", .array(suspects.map { duplicates.json($0.a, $0.b, $0.resemblance) })),
      ("forks", .array(forks.map(forkOutput.json))),
      ("rejected", .array(merged.sources.flatMap { source in source.refused.map { rejected($0, source) } })),
    ]
  }

  private func listed(_ conflict: LocalNode.OpenConflict) -> ConflictOutput {
    ConflictOutput(conflict: conflict, output: output, offices: offices, node: node)
  }

  private func decision(_ decided: LocalNode.DecidedConflict) -> JSON {
    .object([
      ("rule", .string(decided.rule.rawValue)), ("taken", .count(decided.taken + 1)),
      ("conflict", listed(decided.conflict).json),
    ])
  }

  private func rejected(_ part: LocalNode.RefusedPart, _ source: LocalNode.MergeSource) -> JSON {
    .object([
      ("path", .string(source.path)), ("log", .string(part.log.description)),
      ("seq", .number(Int64(clamping: part.n))), ("office", .optional(output.names[part.log.node])),
      ("division", .string(part.log.space.division.description)),
      ("changes", .optional(part.changes.map { Int64($0) })), ("reason", .string(part.reason)),
    ])
  }

  // MARK: a page

  var document: ReportDocument {
    var document = ReportDocument(
      language: words("zh-CN", "en"), title: output.pack.info.title.text(in: words.labels) ?? "",
      subtitle: account.isDryRun ? words("合并试运行", "Rehearsal of a merge") : words("合并情况", "Merge"),
      legend: words(
        "\(ReportTable.Cell.mark) 须由人裁定。", "\(ReportTable.Cell.mark) Only a person may settle it."))
    document.issuer = node.facts.name
    document.facts = [
      (words("行政区划", "Division"), "\(name(node.facts.division)) \(node.facts.division)"),
      (words("时间（UTC）", "Time (UTC)"), minute(node.surroundings.now())),
    ]
    document.highlights = [
      .init(words("来源", "Sources"), "\(merged.sources.count)"),
      .init(words("新收变更", "New changes"), "\(merged.sources.reduce(0) { $0 + $1.applied })"),
      .init(words("新记录", "New records"), "\(merged.recordsNew)"),
      .init(words("有变动的记录", "Records changed"), "\(merged.recordsChanged)"),
      .init(words("已按规则裁定", "Settled by rule"), "\(merged.conflictsDecided)"),
      .init(words("待裁定", "Open"), "\(merged.conflictsOpen)"),
      .init(words("疑似重复", "Suspected twice"), "\(merged.duplicatesSuspected)"),
    ]
    if let loss = merged.enrolmentLoss {
      document.parts.append(.note(EnrolmentWords.text(loss, output.names, words)))
    }
    document.parts.append(.table(sources))
    for table in [authors, refusals, forkOutput.table(forks), decided, reappeared, waiting, suspected]
    where !table.rows.isEmpty {
      document.parts.append(.table(table))
    }
    document.isWide = true
    return document
  }

  /// The sources, each by its name below the folder that was named; where that is not one source's alone, by its path.
  private var labelled: [(source: LocalNode.MergeSource, label: String)] {
    let names = Dictionary(grouping: merged.sources, by: \.name)
    return merged.sources.map { ($0, names[$0.name]?.count == 1 ? $0.name : $0.path) }
  }

  private var sources: ReportTable {
    var table = ReportTable(
      words("来源", "Sources"),
      [
        .init(words("文件", "File")), .init(words("来自", "From")), .init(words("制作时间（UTC）", "Made at (UTC)")),
        .init(words("变更", "Changes"), isNumber: true), .init(words("新收", "New"), isNumber: true),
        .init(words("已有", "Here already"), isNumber: true), .init(words("隔离", "Set aside"), isNumber: true),
        .init(words("未收", "Left out"), isNumber: true), .init(words("说明", "Remark")),
      ])
    for (source, label) in labelled {
      let remarks = [
        source.error.map { ErrorReport($0, words: words).message },
        source.leftOut > 0 ? words("未收的之前缺变更", "what is left out follows a change that is missing") : nil,
        source.beyondBranches > 0 ? MergeWords.beyondBranches(source, words) : nil,
        source.attachments > 0 ? MergeWords.attachments(source, words) : nil,
        source.error == nil && source.maker?.isStore == true
          ? words("备份或台账库，逐条核验", "a store: each change was judged") : nil,
        MergeWords.clock(source, words),
      ]
      table.add([
        .init(label), .init(source.maker?.name ?? "–"),
        .init(source.maker?.madeAt.map(minute) ?? "–"), .init("\(source.changes)"),
        .init("\(source.applied)"),
        .init("\(source.already)"), .init("\(source.rejected)"),
        .init("\(source.leftOut + source.beyondBranches)"),
        .init(remarks.compactMap(\.self).joined(separator: words("；", "; "))),
      ])
    }
    return table
  }

  private var authors: ReportTable {
    var table = ReportTable(
      words("新收变更的作者", "Whose changes came in"),
      [
        .init(words("单位", "Office")), .init(words("行政区划", "Division")),
        .init(words("变更", "Changes"), isNumber: true),
      ])
    for author in merged.authors {
      table.add([
        .init(output.office(author.node) ?? ""),
        .init(offices[author.node].map { "\(name($0)) \($0)" } ?? "–"),
        .init("\(author.changes)"),
      ])
    }
    return table
  }

  private var refusals: ReportTable {
    var table = ReportTable(
      words("隔离的变更", "What was set aside"),
      [
        .init(words("文件", "File")), .init(words("作者", "Author")), .init(words("行政区划", "Division")),
        .init(words("自第几个变更起", "From change"), isNumber: true), .init(words("变更", "Changes"), isNumber: true),
        .init(words("原因", "Reason")),
      ])
    for (source, label) in labelled {
      for part in source.refused {
        table.add([
          .init(label), .init(output.office(part.log.node) ?? ""),
          .init(name(part.log.space.division)), .init("\(part.n)"),
          .init(part.changes.map { "\($0)" } ?? "–"),
          .init(QuarantineWords.text(part.reason, words)),
        ])
      }
    }
    return table
  }

  private var decided: ReportTable {
    var table = ReportTable(
      words("按规则裁定", "Settled by rule"),
      [
        .init(words("记录", "Record")), .init(words("字段", "Field")), .init(words("规则", "Rule")),
        .init(words("采用", "Taken")), .init(words("未采用", "Not taken")),
      ])
    for decision in merged.decided {
      let listed = listed(decision.conflict)
      let values = listed.values(at: Timestamp.minute, longest: MergePage.longestValue)
      let taken = listed.group(of: decision.taken)
      let others = values.enumerated().filter { $0.offset != taken }.map(\.element)
      let rule =
        switch decision.rule {
        case .latest: words("以最后填写的为准", "the latest")
        case .authority: words("以上级为准", "the higher office's")
        }
      table.add([
        .init(record(decision.conflict.view)), .init(field(decision.conflict)), .init(rule),
        .init(values[taken]), .init(others.joined(separator: words("；", "; "))),
      ])
    }
    return table
  }

  private var reappeared: ReportTable {
    var table = ReportTable(
      ReappearedWords(words: words).title,
      [.init(words("记录", "Record")), .init(words("字段", "Field"))])
    for (view, fields) in merged.reappeared.map({ ($0.view, $0.fields) }) {
      for field in fields {
        table.add([
          .init(record(view)), .init(output.name(ofField: field, in: view.kind), isDisputed: true),
        ])
      }
    }
    return table
  }

  private var waiting: ReportTable {
    var table = ReportTable(
      words("待裁定", "Open conflicts"),
      [
        .init(words("记录", "Record")), .init(words("字段", "Field")), .init(words("原因", "Reason")),
        .init(words("当前显示", "Shown")), .init(words("其他", "Others")),
      ])
    for conflict in conflicts {
      let one = listed(conflict)
      let values = zip(one.groups, one.values(at: Timestamp.minute, longest: MergePage.longestValue)).map {
        group, value in
        (isShown: group.contains { one.isShown($0) }, value: value)
      }
      let shown = values.filter(\.isShown).map(\.value)
      let others =
        values.filter { !$0.isShown }.map(\.value) + one.others + one.unseenTexts(at: Timestamp.minute)
      let isDisputed = conflict.reason != .concurrent || conflict.view.disputed.contains(conflict.field)
      table.add([
        .init(record(conflict.view)), .init(field(conflict), isDisputed: isDisputed),
        .init(one.reason),
        .init(shown.isEmpty ? one.shown?.text ?? "–" : shown.joined(separator: words("；", "; "))),
        .init(others.joined(separator: words("；", "; "))),
      ])
      if one.groups.contains(where: { one.text(of: $0[0]).count > MergePage.longestValue }) {
        table.note = words(
          "长文本只列出不同之处，全文见 taizhang conflicts。",
          "Of long texts only what differs is shown; `taizhang conflicts` has all of them.")
      }
    }
    return table
  }

  private var suspected: ReportTable {
    var table = ReportTable(
      words("疑似重复", "Suspected duplicates"),
      [
        .init(words("相似度", "Score"), isNumber: true), .init(words("记录", "Record")),
        .init(words("另一记录", "Another")), .init(words("相同之处", "What is alike")),
      ])
    for pair in suspects {
      let why = duplicates.reasons(pair.resemblance, pair.a.kind)
      table.add([
        .init("\(Int((pair.resemblance.score * 100).rounded()))%"), .init(record(pair.a)),
        .init(record(pair.b)),
        .init(why.map { $0.label.text(in: words.labels) ?? $0.code }.joined(separator: words("、", ", "))),
      ])
    }
    return table
  }

  /// Of longer values the page shows where they differ.
  private static let longestValue = 240

  // MARK: names

  private var duplicates: DuplicateOutput { DuplicateOutput(pack: output.pack, words: words) }

  private func record(_ view: RecordView) -> String {
    "\(output.heading(view)) \(view.id) \(name(view.space.division))"
  }

  private func field(_ conflict: LocalNode.OpenConflict) -> String {
    output.name(ofField: conflict.field, in: conflict.view.kind)
  }

  private func name(_ division: DivisionCode) -> String {
    output.pack.divisions[division]?.name ?? division.description
  }

  private func minute(_ milliseconds: Int64) -> String {
    Timestamp.minute(milliseconds)
  }
}
