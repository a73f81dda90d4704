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
      Init.self, Add.self, Edit.self, Show.self, History.self, Delete.self, Restore.self, List.self,
      Search.self,
      Import.self, Export.self, Conflicts.self, Status.self, Receipts.self, Verify.self, Quarantine.self,
      OfficeCommand.self,
      Join.self, Serve.self, Sync.self, PeerCommand.self, Plan.self, Backup.self, RestoreBackup.self,
      BundleCommand.self, Merge.self, Report.self,
    ])

  /// Parses, runs, and turns whatever goes wrong into the exit code and the words of `ErrorReport`.
  static func main() async {
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
      report(error)
    }
  }

  /// The command that is named first is parsed alone: setting up all the others costs more than most commands.
  /// Whatever that does not settle (help, a mistake, `help COMMAND`) goes through the whole tree, which knows
  /// the words.
  private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
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
    let arguments = CommandLine.arguments
    let json = arguments.contains("--json")
    let words = Words.chosen(by: zip(arguments, arguments.dropFirst()).first { $0.0 == "--lang" }?.1)
    let own = exitCode(for: error)
    if own == .success || own == .validationFailure, !(error is any OwnError) {
      // Help, a version, or a command line that cannot be understood: ArgumentParser's words.
      if own == .validationFailure, json {
        let line = JSON.object([
          (
            "error",
            .object([
              ("code", .string("usage")), ("message", .string(message(for: error))),
              ("hint", .string(words("用 help 查看用法。", "See `taizhang help`."))),
            ])
          )
        ])
        FileHandle.standardError.write(Data((line.text + "\n").utf8))
        Foundation.exit(own.rawValue)
      }
      if own == .success {
        StandardOutput.write(
          HelpText.arranged(fullMessage(for: error), for: Array(arguments.dropFirst()), root: Taizhang.self)
            + "\n")
        try? StandardOutput.flush()
        Foundation.exit(0)
      }
      exit(withError: error)
    }
    let report = ErrorReport(error, words: words)
    report.print(json: json)
    Foundation.exit(report.exitCode)
  }
}

/// The program's own errors, as against ArgumentParser's.
protocol OwnError: Error {}
