import Campaign
import Ledger
import Node
import Store

/// What `status` says, in JSON and on a terminal.
struct StatusOutput {
  let node: LocalNode
  let status: LocalNode.Status
  let snapshot: Snapshot
  let words: Words
  private let names: [NodeID: String]
  private let labels: OfficeLabels
  /// What was set aside; whole logs first, for there a person has to act.
  private let setAside: [QuarantineLine]
  /// How many lines of it there are in all.
  private let setAsideCount: Int
  private var facts: LocalNode.Facts { node.facts }

  /// So much of what was set aside is told: `quarantine` tells all of it.
  private static let toldSetAside = 20
  /// So many records that could not be brought along are named on a terminal.
  private static let namedUnplaced = 5

  init(node: LocalNode, status: LocalNode.Status, snapshot: Snapshot, words: Words) throws {
    self.node = node
    self.status = status
    self.snapshot = snapshot
    self.words = words
    names = try snapshot.officeNames()
    labels = try OfficeLabels(snapshot)
    let lines = try snapshot.quarantine(most: StatusOutput.toldSetAside)
    setAside = lines.filter { $0.beyondCut != nil } + lines.filter { $0.beyondCut == nil }
    setAsideCount = try snapshot.quarantineLineCount()
  }

  // MARK: JSON

  var json: JSON {
    get throws {
      .object(
        own + [
          ("peers", .array(status.peers.map(PeerOutput.json))),
          ("callers", .array(status.callers.map(PeerOutput.caller))),
          (
            "attachments_missing_at",
            .array(
              status.missingHolders.map { holder in
                .object([
                  ("node", .string(holder.node.description)), ("office", .optional(names[holder.node])),
                  ("attachments", .count(holder.count)), ("seen", .bool(holder.wasSeen)),
                ])
              })
          ),
          ("attachments_only_here", .count(status.attachmentsOnlyHere)),
          ("restored", status.restoration.map(RestorationOutput.json) ?? .null),
          ("copied", status.copy.map(CopyWords.json) ?? .null),
          ("forked_logs", .count(status.forkedLogs.count)), ("forks", try forks),
          (
            "quarantine",
            .array(setAside.prefix(StatusOutput.toldSetAside).map { QuarantineOutput.json($0, names) })
          ),
        ])
    }
  }

  private var own: [(String, JSON)] {
    [
      ("node", .string(facts.node.description)), ("name", .string(facts.name)),
      ("division", .string(facts.division.description)), ("enrolled", .bool(facts.isEnrolled)),
      ("records", .count(status.records)), ("changes", .count(status.changes)),
      ("unsent", .count(status.unsent)), ("stranded", .count(status.stranded?.changes ?? 0)),
      ("stranded_for", .array((status.stranded?.takers ?? []).map { .string($0) })),
      ("needs_enrolment", .bool(status.enrolmentLoss != nil)),
      ("enrolment_loss", .optional(status.enrolmentLoss.map(EnrolmentWords.code))),
      ("conflicts", .count(status.conflicts)), ("quarantined", .count(status.quarantined)),
      ("records_incomplete", .count(status.incomplete)),
      ("reappeared", ReappearedWords.json(status.reappeared)),
      ("unplaced", .strings(status.unplaced.map(\.id.description))),
      ("attachments_missing", .count(status.attachmentsMissing)),
      ("fingerprint", .string(status.fingerprint.description)),
      ("clock_drift_ms", .optional(status.drift?.milliseconds)),
      ("certificate_expires", .optional(facts.certificateExpires.map { Timestamp.seconds($0) })),
    ]
  }

  private var forks: JSON {
    get throws {
      guard !status.forkedLogs.isEmpty else { return .array([]) }
      let output = try ForkOutput(snapshot, words: words)
      return .array(
        try status.forkedLogs.prefix(ForkOutput.listedByStatus).compactMap { log in
          try snapshot.fork(of: log).map(output.json)
        })
    }
  }

  // MARK: on a terminal

  var lines: [String] {
    get throws {
      let rows = figures + remarks
      let width = rows.map { DisplayWidth.of($0.0) }.max() ?? 0
      var lines = rows.map { DisplayWidth.padded($0.0, to: width) + "  " + SafeText.line($0.1) }
      for standing in status.peers {
        lines.append(PeerOutput.line(standing, words))
        if let text = PeerOutput.clock(standing.peer, words) { lines.append(SafeText.line(text)) }
      }
      if let loss = status.enrolmentLoss {
        lines.append(SafeText.line(EnrolmentWords.text(loss, names, words)))
      }
      if let stranded = status.stranded { lines.append(SafeText.line(StrandedWords.text(stranded, words))) }
      lines += status.callers.compactMap { PeerOutput.clock($0, words) }.map(SafeText.line)
      lines += quarantine
      lines += ReappearedWords(words: words).texts(status.reappeared).map(SafeText.line)
      guard !status.forkedLogs.isEmpty else { return lines }
      return try lines
        + ForkOutput(snapshot, words: words).statusLines(status.forkedLogs).map(SafeText.line)
    }
  }

  private var figures: [(String, String)] {
    [
      (words("单位", "Office"), "\(facts.name) (\(facts.division))"),
      (words("节点", "Node"), String(facts.node.description.prefix(16))),
      (words("入网", "Enrolled"), facts.isEnrolled ? words("是", "yes") : words("否", "no")),
      (words("记录", "Records"), "\(status.records)"), (words("变更", "Changes"), "\(status.changes)"),
      (words("未送达", "Unsent"), "\(status.unsent)"), (words("冲突", "Conflicts"), "\(status.conflicts)"),
      // Not as a merge counts: a stretch is of changes that stand behind each other in one log.
      (words("隔离（段）", "Quarantined (stretches)"), "\(setAsideCount)"),
      (words("缺附件", "Attachments missing"), "\(status.attachmentsMissing)"),
      (words("指纹", "Fingerprint"), status.fingerprint.description),
      (words("证书到期", "Certificate until"), certificate),
      (words("时钟偏差", "Clock drift"), status.drift.flatMap { ClockWords.difference($0, words) } ?? "–"),
    ]
  }

  /// Until when this office's certificate is good, and whether that has passed.
  private var certificate: String {
    guard let end = facts.certificateExpires else { return "–" }
    let isOver = end <= node.surroundings.now() / 1000
    return LocalTime.seconds(end) + (isOver ? words("（已过期）", " (expired)") : "")
  }

  /// What is worth a line only where there is any of it.
  private var remarks: [(String, String)] {
    var rows: [(String, String)] = []
    if status.incomplete > 0 {
      rows.append(
        (
          words("尚未收齐", "Incomplete"),
          words(
            "\(status.incomplete) 条记录缺一处中间的改动，别处已有而本库还没有收到：同步后自行补齐，在此之前不报它们的冲突",
            "\(Words.counted(status.incomplete, "record")): a change that was seen elsewhere has not come; sync brings it, and until then no conflict is told there"
          )
        ))
    }
    if !status.missingHolders.isEmpty {
      rows.append(
        (words("所缺附件", "Missing ones"), MissingHolderWords(facts, labels, words).text(status.missingHolders)))
    }
    if status.attachmentsOnlyHere > 0 {
      rows.append(
        (
          words("附件只此一份", "Only here"),
          facts.isRegion
            ? words(
              "\(status.attachmentsOnlyHere) 个附件就所知只存在本机：备份不含附件，请另行复制 attachments 目录",
              "\(Words.counted(status.attachmentsOnlyHere, "attachment")), nowhere else as far as known: a backup has none, so copy the folder `attachments/`"
            )
            : words(
              "\(status.attachmentsOnlyHere) 个附件就所知只存在本机：请尽快同步，或用 bundle create --attachments 带走；中心节点总会取，其他上级只在用 sync --attachments 或 serve --attachments 时取",
              "\(Words.counted(status.attachmentsOnlyHere, "attachment")), nowhere else as far as known: sync soon, or use `bundle create --attachments`; a region always fetches them, another office above only with `sync --attachments` or `serve --attachments`"
            )
        ))
    }
    let remade = status.staying - status.leftThere
    if remade > 0 {
      rows.append(
        (
          words("只留本机", "Stays here"),
          words(
            "领用现证书前为其范围以外的区划所作变更 \(remade) 项；其中本单位新建而别处没有的记录已在 \(facts.division) 重建",
            "\(Words.counted(remade, "change")) made before the certificate came for divisions outside it; records among them that were new and nobody else has were made anew in \(facts.division)"
          )
        ))
    }
    if status.leftThere > 0 {
      rows.append(
        (
          words("范围以外", "Outside"),
          words(
            "证书范围以外的区划中已有别的单位签收的变更 \(status.leftThere) 项；其中的记录未动",
            "\(Words.counted(status.leftThere, "change")) for divisions outside the certificate that others have signed for; the records are left as they are"
          )
        ))
    }
    if !status.unplaced.isEmpty {
      let ids = status.unplaced.prefix(StatusOutput.namedUnplaced).map(\.id.description)
      let more = status.unplaced.count > ids.count ? " …" : ""
      rows.append(
        (
          words("未能迁入", "Not brought in"),
          words(
            "\(status.unplaced.count) 条记录的值太多，留在证书范围以外，别处收不到：用 taizhang show 查看，在 \(facts.division) 重新录入（录入后不再列出）：\(ids.joined(separator: " "))\(more)",
            "\(Words.counted(status.unplaced.count, "record")) with too many values stay outside the certificate, where nobody else gets them: see `taizhang show`, and enter them anew in \(facts.division), which takes them off here: \(ids.joined(separator: " "))\(more)"
          )
        ))
    }
    if let restoration = status.restoration {
      rows.append(
        (RestorationOutput.label(restoration, words), RestorationOutput.text(restoration, words)))
    }
    if let copy = status.copy, !copy.hasSynced {
      rows.append((words("副本", "Copy"), CopyWords.text(copy, words)))
    }
    return rows
  }

  private var quarantine: [String] {
    let shown = setAside.prefix(StatusOutput.toldSetAside)
    guard !shown.isEmpty else { return [] }
    let more = setAsideCount - shown.count
    return [
      words("隔离的变更（详见 taizhang quarantine）：", "Set aside (`taizhang quarantine` lists all of it):")
    ] + shown.map { "  " + QuarantineOutput.text($0, labels, isRegion: facts.isRegion, words) }
      + (more > 0 ? [words("  … 另有 \(more) 段", "  … and \(more) more")] : [])
  }
}
