import ArgumentParser
import Foundation
import Trust

@main
struct Taizhang: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "taizhang",
    abstract: .words(
      "台账：没有网络也能录入，有网络时各单位互相同步的记录库。",
      "台账: an offline-first record store that offices sync over mutual TLS."),
    discussion: .examples(
      "taizhang init --division 540100 --name 拉萨市市场监管局",
      note: .words(
        "帮助和消息的语言用 --lang zh 或 --lang en 选定，未给出则按系统的区域设置。",
        "Help and messages are in Chinese or English: --lang zh or --lang en, else by the locale.")),
    version: "0.1.0",
    groupedSubcommands: [
      CommandGroup(
        name: .words("录入和查看", "Records"),
        subcommands: [
          Add.self, Edit.self, Move.self, Show.self, History.self, Delete.self, Restore.self, Redact.self,
          List.self, Search.self, Attach.self, AttachmentCommand.self,
        ]),
      CommandGroup(
        name: .words("导入、导出和报告", "Ledgers and reports"),
        subcommands: [Import.self, Export.self, Report.self, Plan.self]),
      CommandGroup(
        name: .words("冲突和重复", "Conflicts and duplicates"),
        subcommands: [Conflicts.self, Duplicates.self]),
      CommandGroup(
        name: .words("单位和同步", "Offices and sync"),
        subcommands: [
          Init.self, Join.self, Sync.self, Status.self, Receipts.self, PeerCommand.self, BundleCommand.self,
          Merge.self, Serve.self, OfficeCommand.self,
        ]),
      CommandGroup(
        name: .words("维护", "Upkeep"),
        subcommands: [
          Verify.self, Doctor.self, Quarantine.self, Forks.self, Backup.self, RestoreBackup.self,
          Completion.self,
        ]),
    ])

  /// Parses, runs, and turns whatever goes wrong into the exit code and the words of `ErrorReport`.
  static func main() async {
    StandardError.fillGaps()
    // Who reads what is printed may leave before the work is done.
    signal(SIGPIPE, SIG_IGN)
    OpenSSLLibrary.outliveExit()
    do {
      let line = CommandLineWords(CommandLine.arguments.dropFirst())
      let called = line.command(of: Taizhang.self)
      if let unknown = called.unknown {
        throw UsageError(chinese: "没有命令“\(unknown)”。", english: "There is no command \"\(unknown)\".")
      }
      if called.asksForHelp {
        help(of: called)
      } else {
        try await run(Array(CommandLine.arguments.dropFirst()))
      }
      try StandardOutput.flush()
    } catch let code as ExitCode {
      do { try StandardOutput.flush() } catch { report(error) }
      Foundation.exit(code.rawValue)
    } catch {
      // What was printed before something failed is as true as it was.
      try? StandardOutput.flush()
      report(error)
    }
  }

  private static func help(of called: CommandLineWords.NamedCommand) {
    let width = Variable("COLUMNS").value.flatMap { Int($0) } ?? TerminalSize.columns(of: 1)
    let text = HelpText(called.names, called.type, width: max(20, width))
    for line in text.lines { StandardOutput.write(line + "\n") }
  }

  private static func run(_ arguments: [String]) async throws {
    var command = try parse(arguments)
    if var asynchronous = command as? any AsyncParsableCommand {
      try await asynchronous.run()
    } else {
      try command.run()
    }
  }

  /// The command that is named first is parsed alone: setting up all the others costs more than most commands.
  /// Whatever that does not settle (the version, a mistake) goes through the whole tree, which knows the words.
  private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
    // The version comes back as a command of the library's own.
    if let name = arguments.first,
      let found = configuration.subcommands.first(where: { $0.configuration.commandName == name }),
      found.configuration.subcommands.isEmpty,
      let command = try? found.parseAsRoot(Array(arguments.dropFirst())), type(of: command) == found
    {
      return command
    }
    return try parseAsRoot(arguments)
  }

  private static func report(_ error: any Error) -> Never {
    let line = CommandLineWords(CommandLine.arguments.dropFirst())
    let words = Words.ofThisRun
    let report: ErrorReport
    switch (error is any OwnError, exitCode(for: error)) {
    case (false, .success):
      // The version comes as an error of the library's own.
      StandardOutput.write(message(for: error) + "\n")
      do { try StandardOutput.flush() } catch { self.report(error) }
      Foundation.exit(0)
    case (false, .validationFailure):
      let called = line.command(of: Taizhang.self)
      let fault = CommandLineFault(error, arguments: ArgumentFacts.all(of: called.type))
      report = ErrorReport(
        commandLine: fault, in: message(for: error), command: called.names, words: words)
    default:
      report = ErrorReport(error, words: words)
    }
    report.print(json: line.wantsJSON)
    Foundation.exit(report.exitCode)
  }
}

/// The program's own errors, as against ArgumentParser's.
protocol OwnError: Error {}
