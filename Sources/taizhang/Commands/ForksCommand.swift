import ArgumentParser
import Node
import Store

struct Forks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forks",
    abstract: "Logs with several branches: whose, since when, what lies on each, and what to do.",
    discussion: """
      A computer that goes back to an earlier state (a snapshot, a restored disk) and writes on forks its log. All \
      branches are kept, and count up to a number that no accident reaches.
      Example: taizhang forks --json
      """)
  @OptionGroup var common: CommonOptions

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
