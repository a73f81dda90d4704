import ArgumentParser
import Node
import Store

struct Forks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forks",
    abstract: .words(
      "列出分叉的日志：是哪个单位的、何时分开、各支有什么、怎么办。",
      "Logs with several branches: whose, since when, what lies on each, and what to do."),
    discussion: .examples(
      "taizhang forks --json",
      note: .words(
        "电脑退回旧状态（快照、还原的磁盘）后又继续录入，日志就会分叉。各支都保留；支数在意外所能造成的范围内，也都计入。",
        "A computer that goes back to an earlier state (a snapshot, a restored disk) and writes on forks its log. All branches are kept, and count up to a number that no accident reaches."
      )))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions

  func run() throws {
    let printer = Printer(options: common)
    try common.openStore().read { snapshot in
      let output = try ForkOutput(snapshot, words: printer.words)
      for log in try snapshot.forkedLogs() {
        guard let fork = try snapshot.fork(of: log) else { continue }
        if common.json {
          printer.json(output.json(fork))
        } else {
          for line in output.lines(fork) { printer.data(SafeText.line(line)) }
        }
      }
    }
  }
}
