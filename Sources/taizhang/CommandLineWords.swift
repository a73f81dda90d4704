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

  /// A command as far as words name one.
  struct NamedCommand {
    /// Its name below the program's, from the outermost command on.
    var names: [String] = []
    var type: any ParsableCommand.Type
    /// Whether not the command is meant but its help.
    var asksForHelp = false
    /// A word where the name of a command below `type` should stand, and none is.
    var unknown: String?
  }

  /// The command that is meant. `help` may stand before its name or within it.
  func command(of root: any ParsableCommand.Type) -> NamedCommand {
    var found = NamedCommand(type: root)
    var rest = withoutLanguage[...]
    // Options stand after the command; where some stand before it, their values may too.
    var hasOptions = false
    while let word = rest.first, !found.type.configuration.subcommands.isEmpty {
      if word.hasPrefix("-") {
        hasOptions = true
        if CommonOptions.valued.contains(word) { rest.removeFirst() }
        if rest.isEmpty { break }
      } else if word == "help" {
        found.asksForHelp = true
      } else if let next = found.type.subcommand(word) {
        found.type = next
        found.names.append(word)
      } else {
        let isNeeded = found.asksForHelp || found.type.configuration.defaultSubcommand == nil
        if isNeeded, !hasOptions { found.unknown = word }
        break
      }
      rest.removeFirst()
    }
    let configuration = found.type.configuration
    // Commands that only hold others do nothing by themselves.
    let isBare =
      rest.isEmpty && !hasOptions && !configuration.subcommands.isEmpty
      && configuration.defaultSubcommand == nil
    if isBare || words.contains(where: CommandLineWords.helpOptions.contains) { found.asksForHelp = true }
    return found
  }

  /// Wherever one of these stands, ArgumentParser too takes it for a call for help.
  private static let helpOptions: Set = ["-h", "--help", "-help", "--help-hidden"]

  /// `--lang` may stand before a command too, where help or a mistake is concerned.
  private var withoutLanguage: [String] {
    var rest: [String] = []
    var isValue = false
    for word in words {
      if !isValue, word != "--lang", !word.hasPrefix("--lang=") { rest.append(word) }
      isValue = word == "--lang"
    }
    return rest
  }
}

extension ParsableCommand {
  static func subcommand(_ name: String) -> (any ParsableCommand.Type)? {
    configuration.subcommands.first { $0.configuration.commandName == name }
  }
}
