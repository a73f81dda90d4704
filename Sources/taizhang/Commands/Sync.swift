import ArgumentParser
import Foundation
import Ledger
import Node
import Store

/// A `sync` line, as `serve` tells sessions too.
struct SyncOutput {
  let report: LocalNode.SyncReport
  let words: Words

  var json: JSON {
    let error: JSON =
      report.error.map { ErrorReport($0, words: words).json } ?? .null
    return .object([
      ("peer", .string(report.peer)), ("sent", .count(report.summary?.sent ?? 0)),
      ("received", .count(report.summary?.received ?? 0)), ("bytes_sent", .count(report.bytesSent)),
      ("bytes_received", .count(report.bytesReceived)),
      ("round_trips", .count(report.summary?.roundTrips ?? 0)),
      ("duration_ms", .number(report.milliseconds)), ("converged", .bool(report.summary?.converged ?? false)),
      ("conflicts", .count(report.conflicts)), ("error", error),
      ("sent_again", .count(report.summary?.sentAgain ?? 0)),
      ("regained", .count(report.summary?.regained ?? 0)),
      ("set_back", .bool(report.summary?.wasSetBack ?? false)),
      ("lost", .bool(report.summary?.hasLost ?? false)),
      ("taken_back", .count(report.summary?.takenBack.changes ?? 0)),
      ("forked", .count(report.summary?.forked ?? 0)),
      ("cut", .bool(report.summary?.hasCut ?? false)),
      ("clock_drift_ms", .optional(report.summary?.drift)),
      ("reappeared", ReappearedWords.json(report.reappeared)),
      ("withdrawn", .count(report.summary?.withdrawn ?? 0)),
      ("stranded", .count(report.stranded)),
      ("plan_change", PlanChangeWords.json(report.summary?.planChange)),
    ])
  }

  /// What a person has to know though the session went well.
  var notes: [String] {
    guard let summary = report.summary else { return [] }
    var notes: [String] = []
    if summary.wasSetBack {
      notes.append(LossWords.setBack(words))
    } else if summary.hasLost {
      notes.append(LossWords.lost(words))
    }
    if let text = ForkWords.arrival(summary.forked, words) { notes.append(text) }
    if let text = ForkWords.warning(summary.branches, words) { notes.append(text) }
    notes += summary.takenBack.map { SafeText.line(LossWords.takenBack($0, words)) }
    if summary.sentAgain > 0 { notes.append(LossWords.sentAgain(summary.sentAgain, words)) }
    if summary.regained > 0, !summary.wasSetBack {
      notes.append(LossWords.regained(summary.regained, words))
    }
    if let text = WithdrawnWords.text(summary.withdrawn, words) { notes.append(text) }
    if let text = PlanChangeWords.text(summary.planChange, words) { notes.append(text) }
    if summary.hasCut { notes.append(CutWords.arrival(words)) }
    // An office above whose certificate has run out is handed in to all the same.
    if !summary.withholds, let reason = summary.peerNotInForce {
      notes.append(ErrorReport(reason, words: words).message)
    }
    if let text = summary.drift.flatMap({
      ClockWords.text(ClockDrift(milliseconds: $0, isLeast: false), to: report.peer, words)
    }) {
      notes.append(text)
    }
    if summary.refused > 0 {
      notes.append(
        words(
          "收到的变更中有 \(summary.refused) 段被隔离：用 taizhang quarantine 查看原因。",
          "\(Words.counted(summary.refused, "stretch", "stretches")) of what came set aside: `taizhang quarantine` says why."
        ))
    } else if summary.isRefused {
      notes.append(
        words(
          "对端隔离了本库送出的部分变更：请对端运行 taizhang quarantine 查看原因。",
          "The peer set aside part of what was sent: have `taizhang quarantine` run there."))
    } else if summary.wentOn {
      notes.append(
        words(
          "同步期间一方又有变更计入（新录入的、由别处收到的，或原先隔离、随本次送到的证书解除的），尚未一致；再同步一次即可。",
          "Meanwhile one side took changes in (recorded, come from elsewhere, or set aside until a certificate came with this sync): the stores are not equal yet; sync again."
        ))
    }
    return notes + attachmentNotes(summary) + ReappearedWords(words: words).texts(report.reappeared)
  }

  private func attachmentNotes(_ summary: SessionSummary) -> [String] {
    var notes: [String] = []
    let (sent, received) = (summary.attachmentsSent, summary.attachmentsReceived)
    if sent + received > 0 {
      notes.append(words("附件：送出 \(sent)，收到 \(received)。", "Attachments: sent \(sent), received \(received)."))
    }
    if summary.attachmentsAbsent > 0 {
      notes.append(
        words(
          "对端没有所缺附件中的 \(summary.attachmentsAbsent) 个：taizhang attachment list 列出可能持有的单位。",
          "The peer has not got \(summary.attachmentsAbsent) of the missing attachments: `taizhang attachment list` says who may."
        ))
    }
    if summary.attachmentsRefused > 0 {
      notes.append(
        words(
          "对端送来的附件有 \(summary.attachmentsRefused) 个与记录所写的长度或 SHA-256 不符，没有保留。",
          "Not kept, for the length or the SHA-256 did not fit what records say: \(Words.counted(summary.attachmentsRefused, "attachment"))."
        ))
    }
    if summary.attachmentsBusy > 0 {
      notes.append(
        words(
          "有 \(summary.attachmentsBusy) 个附件正由另一会话或 attach 写入，这次没有取：稍后再同步。",
          "Not fetched, for another session or an `attach` was at it: \(Words.counted(summary.attachmentsBusy, "attachment")); sync again later."
        ))
    }
    if summary.brokeAmongAttachments {
      notes.append(
        words(
          "记录已全部同步，附件传到一半断开：下次同步从断处接着传。",
          "All records are synced; the link broke while attachments were under way: the next sync goes on from there."
        ))
    }
    if case AttachmentError.noRoom? = summary.attachmentFault {
      // An error that ends in 74 says it.
      if report.error == nil, let fault = summary.attachmentFault {
        notes.append(ErrorReport(fault, words: words).message)
      }
    } else if summary.attachmentsUnwritten > 0 {
      notes.append(
        words(
          "有 \(summary.attachmentsUnwritten) 个附件写不进库目录：请检查磁盘空间和权限，然后再同步。",
          "\(Words.counted(summary.attachmentsUnwritten, "attachment")) could not be written into the store's folder: look after its space and rights, then sync again."
        ))
    }
    return notes
  }

  var line: String {
    if let error = report.error, report.summary == nil {
      return "\(SafeText.line(report.peer))  \(SafeText.line(ErrorReport(error, words: words).message))"
    }
    let sent = report.summary?.sent ?? 0
    let received = report.summary?.received ?? 0
    return words(
      "\(SafeText.line(report.peer))  送出 \(sent)，收到 \(received)，\(report.milliseconds) 毫秒，冲突 \(report.conflicts)",
      "\(SafeText.line(report.peer))  sent \(sent), received \(received), \(report.milliseconds) ms, conflicts \(report.conflicts)"
    )
  }
}

struct Sync: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: .words(
      "与对端同步：把对方没有的送去，把本机没有的取来。",
      "Sync with peers: each gets what it lacks."),
    discussion: .examples(
      "taizhang sync 10.0.0.1:7400",
      "taizhang sync --watch",
      "taizhang sync --attachments"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Argument(
    help: .words(
      "对端：主机:端口、单位名称，或节点编号的前几位；未给出则为所有登记的对端。",
      "The peers: HOST:PORT, an office's name, or a node-id prefix; all that are listed where none is named.",
      .peer))
  var peers: [String] = []
  @Flag(
    help: .words(
      "保持连接，随时收发，直到按 Ctrl-C（SIGINT）或收到 SIGTERM。",
      "Stay connected and send and receive as things happen, until Ctrl-C (SIGINT) or SIGTERM."))
  var watch = false
  @Flag(
    help: .words(
      "取来本机缺少的所有附件；不加此项时，中心节点取所有附件，其他单位只取自己的。",
      "Fetch all photos and scans that are missing here; else a region fetches all, an office its own."))
  var attachments = false

  private typealias Wanted = Result<(label: String, address: String), NodeError>

  func run() async throws {
    let node = try common.open()
    let wanted: [Wanted] =
      try peers.isEmpty ? node.peers().map { .success($0) } : node.peers(named: peers)
    guard !wanted.isEmpty else { throw NodeError.noPeers }
    try await watch ? follow(try wanted.map { try $0.get() }, node) : once(wanted, node)
  }

  /// One after the other; what is wrong with one does not keep the others back.
  private func once(_ wanted: [Wanted], _ node: LocalNode) async throws {
    let printer = Printer(options: common)
    // Records first, with everybody: no peer's photos keep another peer's records back.
    let isAlone = wanted.count == 1
    var account = FailureAccount(of: wanted.count)
    var spoken: [NodeID] = []
    var waiting: [(peer: (label: String, address: String), records: LocalNode.SyncReport)] = []
    for (index, peer) in wanted.enumerated() {
      switch peer {
      case .success(let peer):
        let report = await sync(peer, node, printer, defersAttachments: !isAlone)
        if let node = report.node { spoken.append(node) }
        if report.error == nil, report.summary?.leavesAttachments == true {
          waiting.append((peer, report))
        } else {
          try tell(report, node, printer, &account)
        }
      case .failure(let error):
        try tell(LocalNode.SyncReport(peer: peers[index], error: error), node, printer, &account)
      }
    }
    for (peer, records) in waiting {
      try tell(records.joined(with: await sync(peer, node, printer)), node, printer, &account)
    }
    for note in ScopeWords.notes(node.tidyUp(), printer.words) { printer.note(SafeText.line(note)) }
    let (loss, stranded) = standing(of: node, spoken, printer.words)
    for note in [loss, stranded].compactMap(\.self) { printer.note(SafeText.line(note)) }
    try account.close(json: common.json)
  }

  /// What keeps this office's changes from arriving, however well the sessions went.
  private func standing(
    of node: LocalNode, _ spoken: [NodeID], _ words: Words
  ) -> (enrolmentLoss: String?, stranded: String?) {
    let stranded = (try? node.stranded(besides: spoken)).map { StrandedWords.text($0, words) }
    return (EnrolmentWords.text(of: node, words), stranded)
  }

  private func sync(
    _ peer: (label: String, address: String), _ node: LocalNode, _ printer: Printer,
    defersAttachments: Bool = false
  ) async -> LocalNode.SyncReport {
    let progress = Progress(printer, label: peer.label, unit: .changes)
    let pieces = Progress(printer, label: peer.label, unit: .bytes)
    defer {
      progress.end()
      pieces.end()
    }
    return await node.sync(
      with: peer, attachments: wish, defersAttachments: defersAttachments,
      progressed: { progress.show(done: $0, of: $1) }, fetched: { pieces.show(done: $0, of: $1) })
  }

  private var wish: AttachmentWish { attachments ? .insistent : .byRule }

  private func tell(
    _ report: LocalNode.SyncReport, _ node: LocalNode, _ printer: Printer, _ account: inout FailureAccount
  ) throws {
    let output = SyncOutput(report: report, words: printer.words)
    if common.json { printer.json(output.json) } else { printer.data(output.line) }
    for note in output.notes { printer.note(SafeText.line(note)) }
    try StandardOutput.flush()
    if let error = report.error {
      let failure = ErrorReport(error, words: printer.words)
      try? node.noteFailure(failure.code, of: report)
      account.note(failure, with: report.peer, printer.words)
    } else if report.summary?.leftOut == true {
      account.hasFindings = true
    }
  }

  private func follow(_ peers: [(label: String, address: String)], _ node: LocalNode) async throws {
    let printer = Printer(options: common)
    let stop = StopSignal()
    let interruption = Interruption(stop)
    defer { withExtendedLifetime(interruption) {} }
    let remarks = StandingRemarks()
    try await node.watch(peers, attachments: wish, until: stop) { event in
      switch event {
      case .checkpoint(let report):
        let output = SyncOutput(report: report, words: printer.words)
        if common.json { printer.json(output.json) } else { printer.data(output.line) }
        for note in output.notes { printer.note(SafeText.line(note)) }
        if let error = report.error {
          failure(error, of: report, node, printer).about(report.peer, printer.words).print(json: common.json)
        }
        // Where nobody reads any more, a watch still carries what comes.
        try? StandardOutput.flush()
        for note in ScopeWords.notes(node.tidyUp(), printer.words) { printer.note(SafeText.line(note)) }
        let (loss, stranded) = standing(of: node, report.node.map { [$0] } ?? [], printer.words)
        let news = [
          remarks.new(loss, of: "enrolment"), remarks.new(stranded, of: "stranded at \(report.peer)"),
        ]
        for note in news.compactMap(\.self) { printer.note(SafeText.line(note)) }
      case .apart(let report, let retry):
        tell(apart: report, retry, node, printer)
        // Another certificate may be what it takes to get on.
        for note in ScopeWords.notes(node.tidyUp(), printer.words) { printer.note(SafeText.line(note)) }
      }
    }
  }

  /// Who is not connected, and why: in one piece, for other peers' come between. With `--json` as a sync that failed.
  private func tell(
    apart report: LocalNode.SyncReport, _ retry: Duration, _ node: LocalNode, _ printer: Printer
  ) {
    guard let error = report.error else { return }
    if LinkError.isRenewal(error) {
      return printer.note(SafeText.line(LinkWords.anew(with: report.peer, printer.words)))
    }
    let failure = failure(error, of: report, node, printer)
    guard !common.json else {
      printer.json(SyncOutput(report: report, words: printer.words).json)
      try? StandardOutput.flush()
      return failure.about(report.peer, printer.words).print(json: true)
    }
    let seconds = max(1, Int(retry.components.seconds))
    let apart = printer.words(
      "\(report.peer) 未连接，\(seconds) 秒后再试", "\(report.peer) is not connected; next try in \(seconds) s")
    failure.named(apart, printer.words).print(json: false)
  }

  private func failure(
    _ error: any Error, of report: LocalNode.SyncReport, _ node: LocalNode, _ printer: Printer
  ) -> ErrorReport {
    let failure = ErrorReport(error, words: printer.words)
    try? node.noteFailure(failure.code, of: report)
    return failure.with(peer: report.peer)
  }
}
