import ArgumentParser
import Ledger
import Node
import Store

extension OfficeCommand {
  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "revoke",
      abstract: .words(
        "吊销一个单位，它不能再录入和同步；本机已计入的变更保留，此外的一律隔离。",
        "Take back an office's right to write and sync: what counts of it here stays, what it wrote beside that is taken out."
      ),
      discussion: .examples(
        "taizhang office revoke 3fa2c1 --reason 电脑遗失",
        note: .words(
          "日志分叉超过 \(LogLimits.branches) 支的，只承认首个分叉之前的部分；--keep-branches 另外承认最长的几支。",
          "Of a log with more than \(LogLimits.branches) branches what lies before its first fork counts; --keep-branches honours the longest branches too."
        )))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @Argument(help: .words("单位名称，或节点编号的前几位。", "The office's name, or a node-id prefix.", .office)) var office:
      String
    @Option(help: .words("吊销的理由。", "Why it is revoked.", .reason)) var reason = ""
    @Option(
      help: .words(
        "分叉过多的日志各保留最长的几支，0 至 \(LogLimits.branches)。",
        "Of each log that has too many branches keep the N longest, 0 to \(LogLimits.branches).", .number))
    var keepBranches = 0
    @OptionGroup var confirmation: Confirmation

    func run() throws {
      try KeptBranches.require(keepBranches)
      let node = try common.open()
      let meant = try node.office(called: office)
      let name = "\(meant.name) (\(meant.division), \(meant.node.description.prefix(12)))"
      try confirmation.ask(
        for: common.words(
          "将吊销 \(name)：它不能再录入和同步，本机尚未收到的它的变更不再计入。",
          "This revokes \(name): it may write and sync no more, and what it wrote and is not here does not count."
        ), common)
      let before = try node.enrolmentLosses()
      let revoked = try node.revoke(office, reason: reason, keepingBranches: keepBranches)
      let printer = Printer(options: common)
      let losses = try node.enrolmentLosses().filter { before[$0.key] != $0.value }
      let offices = try node.store.read { try $0.offices() }
        .compactMap { office in losses[office.node].map { (office, $0) } }
      for text in EnrolmentWords.texts(offices, printer.words) { printer.note(SafeText.line(text)) }
      let cut = try node.store.read { try $0.cutLogs() }.filter { $0.log.node == revoked }
      if common.json {
        printer.json(
          .object([
            ("node", .string(revoked.description)), ("revoked", .bool(true)),
            ("still_cut", .count(cut.count)),
            ("need_enrolment", .strings(offices.map(\.0.node.description))),
          ]))
      } else {
        printer.data(
          printer.words("已吊销 \(revoked.description.prefix(12))", "revoked \(revoked.description.prefix(12))"))
      }
      for text in CutWords.remaining(cut, printer.words) { printer.note(text) }
      if !cut.isEmpty { throw ExitCode(1) }
    }
  }
}
