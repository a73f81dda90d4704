import ArgumentParser

/// A command's help, made from what ArgumentParser knows of it: in the language of messages, by display width,
/// the command's own options before those that many have, and its examples at the end, where a reader looks.
struct HelpText {
  private let names: [String]
  private let type: any ParsableCommand.Type
  /// Those that its parts were worded in, where they are defined.
  private let words = Words.ofThisRun
  private let width: Int
  private let arguments: [ArgumentFacts]

  /// - Parameters:
  ///   - names: the command's name below the program's.
  ///   - type: the command.
  ///   - width: columns of the terminal.
  init(_ names: [String], _ type: any ParsableCommand.Type, width: Int) {
    self.names = names
    self.type = type
    self.width = width
    arguments = ArgumentFacts.all(of: type)
  }

  var lines: [String] {
    let discussion = type.configuration.discussion.split(separator: "\n").map(String.init)
    let isExample = { (line: String) in line.hasPrefix(.exampleLead) }
    let notes = discussion.filter { !isExample($0) }.flatMap { LineWrap.lines($0, width: width) }
    var blocks = [LineWrap.lines(words("概述：", "OVERVIEW: ") + type.configuration.abstract, width: width)]
    blocks += [notes, usage] + sections.filter { !$0.rows.isEmpty }.map(rendered) + commands
    blocks.append(discussion.filter(isExample).flatMap(example))
    return Array(blocks.filter { !$0.isEmpty }.joined(separator: [""]))
  }

  // MARK: usage

  private var usage: [String] {
    var items = arguments.filter { $0.kind == .positional && $0.sectionTitle == nil }
    items += own.filter { !$0.isOptional } + own.filter(\.isOptional)
    var texts = items.map(\.synopsis)
    let configuration = type.configuration
    if configuration.subcommands.isEmpty {
      texts += titles.map { "[\(words($0, $0.lowercased()))]" }
    } else {
      let name = words("<命令>", "<subcommand>")
      texts.append(configuration.defaultSubcommand == nil ? name : "[\(name)]")
    }
    return wrapped(words("用法：", "USAGE: ") + (["taizhang"] + names).joined(separator: " "), texts, mark: "")
  }

  /// Words that stay whole, the first lines ending in `mark`.
  private func wrapped(_ first: String, _ rest: [String], mark: String) -> [String] {
    var lines = [first]
    for item in rest {
      let joined = lines[lines.count - 1] + " " + item
      if DisplayWidth.of(joined + mark) <= width {
        lines[lines.count - 1] = joined
      } else {
        lines[lines.count - 1] += mark
        lines.append("    " + item)
      }
    }
    return lines
  }

  /// A call that goes on over several lines can still be copied into a shell; options stay with their values.
  private func example(_ line: String) -> [String] {
    var parts: [String] = []
    for word in line.dropFirst(String.exampleLead.count).split(separator: " ").map(String.init) {
      if let last = parts.last, last.hasPrefix("-"), !last.contains(" "), !word.hasPrefix("-") {
        parts[parts.count - 1] += " " + word
      } else {
        parts.append(word)
      }
    }
    return wrapped(.exampleLead + (parts.first ?? ""), Array(parts.dropFirst()), mark: " \\")
  }

  // MARK: options and arguments

  private typealias Section = (title: String, rows: [(label: String, text: String)])

  /// The options that no title stands over.
  private var own: [ArgumentFacts] {
    arguments.filter { $0.kind != .positional && $0.sectionTitle == nil && !isOfLibrary($0) }
  }

  /// `--help` and `--version`, whose words are the library's.
  private func isOfLibrary(_ argument: ArgumentFacts) -> Bool {
    argument.isHelp || argument.typedNames == ["--version"]
  }

  /// What is common to all commands comes last.
  private var titles: [String] {
    var titles: [String] = []
    for case let title? in arguments.map(\.sectionTitle) where !titles.contains(title) {
      titles.append(title)
    }
    return titles.filter { $0 != CommonOptions.title } + titles.filter { $0 == CommonOptions.title }
  }

  private var sections: [Section] {
    var sections: [Section] = [
      (
        words("参数", "Arguments"),
        arguments.filter { $0.kind == .positional && $0.sectionTitle == nil }.map(row)
      ), (words("选项", "Options"), own.map(row)),
    ]
    sections += titles.map { title in (title, arguments.filter { $0.sectionTitle == title }.map(row)) }
    sections[sections.count - 1].rows += arguments.filter(isOfLibrary).map(row)
    return sections
  }

  private func row(_ argument: ArgumentFacts) -> (label: String, text: String) {
    guard !isOfLibrary(argument) else {
      return (
        argument.label,
        argument.isHelp ? words("显示帮助。", "Show this help.") : words("显示版本。", "Show the version.")
      )
    }
    let values = argument.allValues.map { words("可选：", "values: ") + $0.joined(separator: words("、", ", ")) }
    let preset = argument.defaultValue.map { words("默认：", "default: ") + $0 }
    let facts = [values, preset].compactMap(\.self).joined(separator: words("；", "; "))
    let text = argument.abstract ?? ""
    return (argument.label, facts.isEmpty ? text : text + words("（\(facts)）", " (\(facts))"))
  }

  // MARK: commands below

  private var commands: [[String]] {
    let configuration = type.configuration
    guard !configuration.subcommands.isEmpty else { return [] }
    var sections: [Section] = [(words("命令", "Subcommands"), configuration.ungroupedSubcommands.map(row))]
    sections += configuration.groupedSubcommands.map { ($0.name, $0.subcommands.map(row)) }
    let help = (["taizhang", "help"] + names).joined(separator: " ")
    let footer = LineWrap.lines(
      words("用 \(help) <命令> 查看各命令的帮助。", "See '\(help) <subcommand>' for each of them."), width: width)
    return sections.filter { !$0.rows.isEmpty }.map(rendered) + [footer]
  }

  private func row(_ command: any ParsableCommand.Type) -> (label: String, text: String) {
    let isDefault = type.configuration.defaultSubcommand.map { $0 == command } == true
    let name = command.configuration.commandName ?? ""
    return (isDefault ? name + words("（默认）", " (default)") : name, command.configuration.abstract)
  }

  // MARK: columns

  private static let labelColumns = 26
  /// Below so many columns there is no room for two.
  private static let twoColumns = 60

  private func rendered(_ section: Section) -> [String] {
    [words("\(section.title)：", "\(section.title.uppercased()):")]
      + section.rows.flatMap { row in
        let label = "  " + row.label
        let column = width < HelpText.twoColumns ? 6 : HelpText.labelColumns
        let text = LineWrap.lines(row.text, width: width - column).map {
          String(repeating: " ", count: column) + $0
        }
        guard let first = text.first, DisplayWidth.of(label) + 2 <= column else { return [label] + text }
        return [DisplayWidth.padded(label, to: column) + first.dropFirst(column)] + text.dropFirst()
      }
  }
}
