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
    let reportFile = try report.map { try MergeReportFile($0) }
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
      ? node.rehearse { try merge($0, reportFile, until: stop) }
      : merge(node, reportFile, until: stop) { interruption.cancel() }
    if account.isInterrupted {
      MergeWords.interrupted(account, isDryRun: dryRun, common.words).print(json: common.json)
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
    _ node: LocalNode, _ reportFile: MergeReportFile?, until stop: StopSignal, takenIn: () -> Void = {}
  ) throws -> LocalNode.MergeReport {
    let printer = Printer(options: common)
    var progress: (path: String, step: LocalNode.MergeStep, line: Progress)?
    var merged = try node.merge(
      sources, decide: decide?.rule, operatorName: common.operatorText, until: stop,
      progressed: { path, step, done, total in
        if progress?.path != path || progress?.step != step {
          progress?.line.end()
          progress = (path, step, Progress(printer, label: path, unit: step == .changes ? .changes : .bytes))
        }
        progress?.line.show(done: done, of: total)
      }
    ) { source in
      progress?.line.end()
      for line in MergeWords.lines(source, printer.words) {
        if source.hasLeftOut { printer.fault(line) } else { printer.note(line) }
      }
      for note in MergeWords.notes(source, printer.words) {
        if source.hasLeftOut { printer.fault(note) } else { printer.note(note) }
      }
    }
    for text in MergeWords.passedOver(merged, printer.words) { printer.note(SafeText.line(text)) }
    takenIn()
    if decide == .ask, merged.failure == nil, !merged.isInterrupted {
      // Whatever becomes of the questions, what came in is accounted for.
      try reportFile?.write(MergeAccount(merged, words: printer.words, isDryRun: false), node)
      var dialogue = ConflictDialogue(printer, node)
      do {
        try dialogue.run(RecordFilter())
      } catch {
        merged.failure = error
      }
      // Also where it ended early: what was settled is open no more.
      do {
        merged.conflictsOpen = try node.store.read { try $0.conflictCount() }
        merged.reappeared = try node.reappeared()
      } catch {
        merged.failure = merged.failure ?? error
      }
      merged.conflictsSettled = dialogue.settled
    }
    let account = MergeAccount(merged, words: printer.words, isDryRun: dryRun)
    let decided =
      common.json || merged.failure != nil
      ? []
      : try DecidedLines(
        merged: merged, node: node, words: printer.words, isAccounted: reportFile != nil
      ).lines()
    tell(merged, account, decided, printer)
    if let text = EnrolmentWords.text(of: node, printer.words) { printer.note(SafeText.line(text)) }
    try reportFile?.write(account, node)
    return merged
  }

  private func tell(
    _ merged: LocalNode.MergeReport, _ account: MergeAccount, _ decided: [String], _ printer: Printer
  ) {
    if common.json {
      printer.json(account.json)
    } else {
      if dryRun { printer.data(printer.words("试运行，什么也没有改变：", "A rehearsal; nothing has changed:")) }
      printer.data(
        printer.words(
          "新记录 \(merged.recordsNew)，有变动 \(merged.recordsChanged)，已裁定 \(merged.conflictsDecided)，待裁定 \(merged.conflictsOpen)",
          "\(Words.counted(merged.recordsNew, "new record")), \(merged.recordsChanged) changed, \(Words.counted(merged.conflictsDecided, "conflict")) decided, \(merged.conflictsOpen) open"
        ))
      for line in decided { printer.data(line) }
      DuplicateOutput.note(merged.duplicatesSuspected, printer)
    }
    if !merged.reopened.isEmpty {
      let count = merged.reopened.count
      printer.note(
        printer.words(
          "\(count) 个冲突的裁定被人撤销过，规则不再裁定，留待人定：taizhang conflicts",
          "\(Words.counted(count, "conflict")) left to people, who had taken a decision back: `taizhang conflicts`"
        ))
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
    tellLosses(merged, printer)
    for note in ScopeWords.notes(merged.scopeChange, printer.words) { printer.note(SafeText.line(note)) }
  }

  private func tellLosses(_ merged: LocalNode.MergeReport, _ printer: Printer) {
    let (sources, w) = (merged.sources, printer.words)
    let wasSetBack = sources.contains(where: \.wasSetBack)
    if wasSetBack {
      printer.note(LossWords.setBack(w))
    } else if sources.contains(where: \.hasLost) {
      printer.note(LossWords.lost(w))
    }
    let regained = sources.reduce(0) { $0 + $1.regained }
    if regained > 0, !wasSetBack { printer.note(LossWords.regained(regained, w)) }
    for taken in sources.flatMap(\.takenBack) { printer.note(SafeText.line(LossWords.takenBack(taken, w))) }
  }
}
