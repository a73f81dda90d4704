import ArgumentParser
import Foundation

@main
struct Taizhang: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "taizhang",
    abstract: "台账: an offline-first record store that offices sync over mutual TLS.",
    discussion: "Example: taizhang init --division 540100 --name 拉萨市市场监管局",
    version: "0.1.0",
    subcommands: [
      Init.self, Add.self, Edit.self, Move.self, Show.self, History.self, Delete.self, Restore.self,
      Redact.self,
      List.self,
      Search.self, Attach.self, AttachmentCommand.self,
      Import.self, Export.self, Conflicts.self, Duplicates.self, Status.self, Receipts.self, Verify.self,
      Doctor.self,
      Quarantine.self, Forks.self,
      OfficeCommand.self,
      Join.self, Serve.self, Sync.self, PeerCommand.self, Plan.self, Backup.self, RestoreBackup.self,
      BundleCommand.self, Merge.self, Report.self, Completion.self,
    ])

  /// Parses, runs, and turns whatever goes wrong into the exit code and the words of `ErrorReport`.
  static func main() async {
    StandardError.fillGaps()
    // Who reads what is printed may leave before the work is done.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parse(Array(CommandLine.arguments.dropFirst()))
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
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

  /// The command that is named first is parsed alone: setting up all the others costs more than most commands.
  /// Whatever that does not settle (help, a mistake, `help COMMAND`) goes through the whole tree, which knows
  /// the words.
  private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
    try CommandLineWords.requireKnown(arguments, of: Taizhang.self)
    // Help and the version come back as commands of the library's own.
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
    let words = Words.chosen(by: line.language)
    let report: ErrorReport
    switch (error is any OwnError, exitCode(for: error)) {
    case (false, .success):
      // Help and the version come as errors of the library's own.
      let text = HelpText.arranged(fullMessage(for: error), for: line.words, root: Taizhang.self)
      StandardOutput.write(text + "\n")
      do { try StandardOutput.flush() } catch { self.report(error) }
      Foundation.exit(0)
    case (false, .validationFailure):
      let path = line.command(of: Taizhang.self).names
      report = ErrorReport(commandLine: message(for: error), command: path, words: words)
    default:
      report = ErrorReport(error, words: words)
    }
    report.print(json: line.wantsJSON)
    Foundation.exit(report.exitCode)
  }
}

/// The program's own errors, as against ArgumentParser's.
protocol OwnError: Error {}
