import ArgumentParser
import Foundation

/// An option or argument of a command, as ArgumentParser's dump tells it: the part of its `ToolInfoV0` that
/// help needs.
struct ArgumentFacts: Decodable {
  enum Kind: String, Decodable { case positional, option, flag }

  struct Name: Decodable {
    let kind: String
    let name: String

    /// As it is typed.
    var text: String { (kind == "long" ? "--" : "-") + name }
  }

  let kind: Kind
  let shouldDisplay: Bool
  /// The title of the group that it came with.
  let sectionTitle: String?
  let isOptional: Bool
  let isRepeating: Bool
  let names: [Name]?
  let valueName: String?
  let defaultValue: String?
  let allValues: [String]?
  let abstract: String?

  /// Short names first.
  var typedNames: [String] { (names ?? []).map(\.text).sorted { $0.count < $1.count } }

  var isHelp: Bool { typedNames.contains("--help") }

  private var value: String { "<\(valueName ?? "")>" }

  /// As a list of options names it: `-o, --output <file>`.
  var label: String {
    switch kind {
    case .positional: value
    case .option: typedNames.joined(separator: ", ") + " " + value
    case .flag: typedNames.joined(separator: ", ")
    }
  }

  /// As a usage line shows it: `[--set <FIELD=VALUE>]...`.
  var synopsis: String {
    let call = [kind == .positional ? nil : typedNames.last, kind == .flag ? nil : value]
    let text = call.compactMap(\.self).joined(separator: " ")
    return (isOptional ? "[\(text)]" : text) + (isRepeating ? "..." : "")
  }

  /// All that a command takes, in the order of its definition.
  static func all(of type: any ParsableCommand.Type) -> [ArgumentFacts] {
    struct Dump: Decodable {
      struct Command: Decodable { let arguments: [ArgumentFacts]? }
      let command: Command
    }
    let text = type._dumpHelp()
    guard let dump = try? JSONDecoder().decode(Dump.self, from: Data(text.utf8)) else {
      preconditionFailure("ArgumentParser's dump has another shape: \(text)")
    }
    return (dump.command.arguments ?? []).filter(\.shouldDisplay)
  }
}
