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
      let lines = result.out.split(separator: "\n").map(String.init)
      let start = try #require(lines.firstIndex { $0.hasPrefix("Example: taizhang ") }, "\(command)")
      // Nothing stands below the examples but the rest of their own lines.
      for example in lines[start...].joined(separator: "\n").components(separatedBy: "Example: ").dropFirst()
      {
        try check(example.replacingOccurrences(of: "\\\n", with: " "), among: commands)
      }
      let other = try Program(command + ["--help"], json: false).finish()
      #expect(other.out == result.out, "\(command)")
    }
  }

  /// Whether the command of an example exists, and its options are those of that command.
  private func check(_ example: String, among all: [[String]]) throws {
    // What follows another program's name, or goes into a file, is no part of the call.
    let call = example.components(separatedBy: CharacterSet(charactersIn: ">&|\n"))[0]
    let words = call.split(separator: " ").map(String.init)
    #expect(words.first == "taizhang", "\(example)")
    let command = Array(
      words.dropFirst().prefix { word in
        word.allSatisfy { $0.isLowercase || $0 == "-" } && !word.hasPrefix("-")
      })
    let path = command.indices.reversed().map { Array(command[...$0]) }.first { all.contains($0) }
    guard let path else {
      Issue.record("no command in \(example)")
      return
    }
    // A command with others below it stands for the one that it runs by itself.
    let help = try all.filter { $0.starts(with: path) }.map {
      try Program(["help"] + $0, json: false).finish().out
    }.joined()
    // Whole words: `-o` stands in `--operator` too.
    let known = Set(help.split { !$0.isLetter && !$0.isNumber && $0 != "-" }.map(String.init))
    for option in words where option.hasPrefix("-") {
      #expect(known.contains(option), "\(option) in \(example)")
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
