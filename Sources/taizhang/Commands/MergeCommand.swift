import ArgumentParser
import Foundation
import Node
import Store

struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: .words(
      "并入数据包和其他台账库的备份，可按规则裁定冲突。",
      "Take in bundles and other stores' backups, and settle what a rule may settle."),
    discussion: .examples("taizhang merge /media/usb --decide latest --report 合并.html"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Argument(
    help: .words(
      "数据包、备份、台账库的目录，或放有这些的目录。", "Bundles, backups, stores' folders, or folders of these.", .source))
  var sources: [String] = []
  @Option(
    help: .words(
      "裁定待裁定的冲突：latest 以最后填写的为准，authority 以上级为准（同级的留待裁定），均限于允许这样裁定的字段；ask 在终端上逐个裁定。",
      "Settle open conflicts: latest and authority by that rule, where the field allows it (authority leaves those between offices of one rank); ask goes through them on the terminal.",
      .rule))
  var decide: Decide?
  @Flag(
    help: .words(
      "试运行：在用完即弃的副本上合并，只报告结果。", "Do it on a copy that is thrown away: tells what would come of it."))
  var dryRun = false
  @Option(
    help: .words("把合并情况写入此文件：.html、.json 或 .txt。", "Write an account of it: .html, .json or .txt.", .file))
  var report: String?

  enum Decide: String, ExpressibleByArgument, CaseIterable {
    case latest, authority, ask

    /// nil where a person decides.
    var rule: LocalNode.MergeDecision? { LocalNode.MergeDecision(rawValue: rawValue) }
  }

  func run() throws {
    let format = try report.map { try MergeAccount.Format(path: $0) }
    if decide == .ask {
      guard !dryRun else {
        throw UsageError(
          chinese: "--dry-run 不裁定，不能与 --decide ask 同用。",
          english: "--dry-run settles nothing: it does not go with --decide ask.")
      }
      try ConflictDialogue.requireTerminal()
    }
    let node = try common.open()
    let stop = StopSignal()
    let interruption = Interruption(stop)
    let account =
      try dryRun
      ? node.rehearse { try merge($0, format, until: stop) }
      : merge(node, format, until: stop) { interruption.cancel() }
    if account.isInterrupted {
      ErrorReport(NodeError.interrupted, words: common.words).print(json: common.json)
      try StandardOutput.flush()
      interruption.obey()
    }
    // A file that is not there is a mistake of the command line's; what was left out of the others is a finding.
    for case NodeError.noFile(let path)? in account.sources.map(\.error) {
      throw NodeError.noFile(path: path)
    }
    if let failure = account.failure { throw failure }
    if account.hasLeftOut { throw ExitCode(1) }
  }

  /// - Parameter takenIn: is called once nothing more is taken in, before a person is asked.
  private func merge(
    _ node: LocalNode, _ format: MergeAccount.Format?, until stop: StopSignal, takenIn: () -> Void = {}
  ) throws -> LocalNode.MergeReport {
    let printer = Printer(options: common)
    var progress: (path: String, line: Progress)?
    var merged = try node.merge(
      sources, decide: decide?.rule, operatorName: common.operatorText, until: stop,
      progressed: { path, done, total in
        if progress?.path != path {
          let unit: Progress.Unit = LocalNode.isStore(path) ? .changes : .bytes
          progress = (path, Progress(printer, label: path, unit: unit))
        }
        progress?.line.show(done: done, of: total)
      }
    ) { source in
      progress?.line.end()
      for line in MergeAccount.lines(source, printer.words) {
        if source.hasLeftOut { printer.fault(line) } else { printer.note(line) }
      }
      if source.attachmentsUnwritten > 0 {
        printer.note(
          printer.words(
            "其中 \(source.attachmentsUnwritten) 个附件写不进库目录，或另一会话正在取，没有收下：再合并一次。",
            "\(source.attachmentsUnwritten) of its attachments were not kept: they could not be written, or another session was at them. Merge it again."
          ))
      }
      if source.attachmentsUnkept > 0 {
        printer.note(
          printer.words(
            "磁盘空间不足，其中 \(source.attachmentsUnkept) 个附件没有收下：腾出空间后再合并一次。",
            "\(source.attachmentsUnkept) of its attachments were not kept for want of room on the disk: free some and merge it again."
          ))
      }
    }
    for folder in merged.emptyFolders {
      printer.note(
        SafeText.line(
          printer.words(
            "\(folder) 里没有数据包、备份或台账库，没有可并入的。",
            "\(folder) holds no bundle, backup or store: there is nothing to take in.")))
    }
    takenIn()
    if decide == .ask, merged.failure == nil, !merged.isInterrupted {
      var dialogue = ConflictDialogue(printer, node)
      merged.conflictsSettled = try dialogue.run(RecordFilter())
      merged.conflictsOpen = try node.store.read { try $0.conflictCount() }
      merged.reappeared = try node.reappeared()
    }
    let account = MergeAccount(merged, words: printer.words, isDryRun: dryRun)
    if let report, let format { try OutputFile.write(account.bytes(format, node), to: report) }
    tell(merged, account, printer)
    return merged
  }

  private func tell(_ merged: LocalNode.MergeReport, _ account: MergeAccount, _ printer: Printer) {
    if common.json {
      printer.json(account.json)
    } else {
      if dryRun { printer.data(printer.words("试运行，什么也没有改变：", "A rehearsal; nothing has changed:")) }
      printer.data(
        printer.words(
          "新记录 \(merged.recordsNew)，有变动 \(merged.recordsChanged)，已裁定 \(merged.conflictsDecided)，待裁定 \(merged.conflictsOpen)",
          "\(Words.counted(merged.recordsNew, "new record")), \(merged.recordsChanged) changed, \(Words.counted(merged.conflictsDecided, "conflict")) decided, \(merged.conflictsOpen) open"
        ))
      DuplicateOutput.note(merged.duplicatesSuspected, printer)
    }
    let left = merged.sources.filter(\.hasLeftOut).count
    if left > 0 {
      printer.fault(
        printer.words(
          "\(left) 个来源没有全部收下，原因见上。", "\(Words.counted(left, "source")) left out, whole or in part: see above."
        ))
    }
    for text in ReappearedWords(words: printer.words).texts(merged.reappeared) {
      printer.note(SafeText.line(text))
    }
    if let text = WithdrawnWords.text(merged.withdrawn, printer.words) { printer.note(text) }
    if let text = PlanChangeWords.text(merged.planChange, printer.words) { printer.note(text) }
    if let text = ForkWords.arrival(merged.forked.count, printer.words) { printer.note(text) }
    for note in ScopeWords.notes(merged.scopeChange, printer.words) { printer.note(SafeText.line(note)) }
  }
}
