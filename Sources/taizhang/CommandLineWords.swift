import ArgumentParser

/// The command line as it was typed: what has to be known of it even where it cannot be parsed.
struct CommandLineWords {
  /// All that stands before `--`.
  let words: [String]

  init(_ arguments: some Sequence<String>) { words = Array(arguments.prefix { $0 != "--" }) }

  var wantsJSON: Bool { words.contains("--json") }

  var language: String? {
    for (index, word) in words.enumerated() {
      if word.hasPrefix("--lang=") { return String(word.dropFirst("--lang=".count)) }
      if word == "--lang", index + 1 < words.count { return words[index + 1] }
    }
    return nil
  }

  /// The command that is meant, as far as the words name commands.
  func command(of root: any ParsableCommand.Type) -> (names: [String], type: any ParsableCommand.Type) {
    var path: [String] = []
    var found = root
    for word in words where !word.hasPrefix("-") && word != "help" {
      guard let next = found.subcommand(word) else { break }
      found = next
      path.append(word)
    }
    return (path, found)
  }

  /// Refuses a command that does not exist, `help` of one too.
  static func requireKnown(_ arguments: [String], of root: any ParsableCommand.Type) throws {
    let isHelp = arguments.first == "help"
    var found = root
    for word in arguments.dropFirst(isHelp ? 1 : 0) {
      let subcommands = found.configuration.subcommands
      guard !word.hasPrefix("-"), !subcommands.isEmpty else { return }
      if let next = found.subcommand(word) {
        found = next
      } else if isHelp || word != "help" && found.configuration.defaultSubcommand == nil {
        throw UsageError(chinese: "没有命令“\(word)”。", english: "There is no command \"\(word)\".")
      } else {
        return
      }
    }
  }
}

extension ParsableCommand {
  static func subcommand(_ name: String) -> (any ParsableCommand.Type)? {
    configuration.subcommands.first { $0.configuration.commandName == name }
  }
}
