import Foundation
import Testing

/// Help of every command ends in an example, and what the examples name exists.
@Suite(.offPool) struct HelpTests {
  @Test func helpOfEveryCommandEndsInAnExample() throws {
    let commands = try names([])
    #expect(commands.count >= 25)
    for command in commands {
      let result = try Program(["help"] + command, json: false).finish()
      #expect(result.exitCode == 0, "\(command)")
      let last = result.out.split(separator: "\n").last.map(String.init) ?? ""
      #expect(last.hasPrefix("Example: taizhang ") || last.contains("--set"), "\(command): \(last)")
      let other = try Program(command + ["--help"], json: false).finish()
      #expect(other.out == result.out, "\(command)")
    }
  }

  /// The commands that a command's help lists, and those below them.
  private func names(_ parent: [String]) throws -> [[String]] {
    let help = try Program(["help"] + parent, json: false).finish().out
    guard let list = help.components(separatedBy: "SUBCOMMANDS:\n").dropFirst().first else { return [parent] }
    let lines = list.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("  ") }
    let words = lines.compactMap { line -> String? in
      guard line.dropFirst(2).first != " " else { return nil }
      return line.split(separator: " ").first.map(String.init)
    }
    return try [parent] + words.filter { $0 != "help" }.flatMap { try names(parent + [$0]) }
  }
}
