import Foundation
import Testing

/// A command as ArgumentParser's own dump tells it.
struct CommandShape {
  let path: [String]
  /// As they are typed: `--output` and `-o`.
  let options: Set<String>

  /// The program and all its commands.
  static func all() throws -> [CommandShape] {
    let text = try Program(["--experimental-dump-help"], json: false).finish().out
    let dump = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    return try shapes([], #require(dump?["command"] as? [String: Any]))
  }

  private static func shapes(_ path: [String], _ command: [String: Any]) throws -> [CommandShape] {
    let arguments = command["arguments"] as? [[String: Any]] ?? []
    let names = arguments.filter { $0["kind"] as? String != "positional" }.flatMap {
      $0["names"] as? [[String: String]] ?? []
    }
    let options = try names.map { try ($0["kind"] == "long" ? "--" : "-") + #require($0["name"]) }
    let below = try (command["subcommands"] as? [[String: Any]] ?? []).flatMap { command in
      let name = try #require(command["commandName"] as? String)
      // The parser's own `help` is no command of this program's.
      return name == "help" ? [] : try shapes(path + [name], command)
    }
    // The version is told of the program alone.
    let own = path.isEmpty ? Set(options) : Set(options).subtracting(["--version"])
    return [CommandShape(path: path, options: own)] + below
  }
}

/// A page of help, taken apart.
struct HelpPage {
  enum Language: String, CaseIterable {
    case zh, en

    var usage: String { self == .zh ? "用法：" : "USAGE: " }
    var example: String { self == .zh ? "例：" : "Example: " }
  }

  let lines: [String]
  /// What stands above the usage line.
  let overview: String
  /// Options, arguments and commands, each with what is said of it.
  let rows: [(label: String, text: String)]
  /// Calls that the page ends in, each in one line.
  let examples: [String]

  /// - Parameter width: columns of the terminal.
  init(_ path: [String], _ language: Language, width: Int) throws {
    let result = try Program(
      ["help"] + path + ["--lang", language.rawValue], json: false, environment: ["COLUMNS": "\(width)"]
    ).finish()
    #expect(result.exitCode == 0 && result.err.isEmpty, "\(path): \(result.err)")
    lines = result.out.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    let usage = try #require(lines.firstIndex { $0.hasPrefix(language.usage) }, "\(path)")
    overview = lines[..<usage].joined(separator: "\n")
    let end = try #require(lines.firstIndex { $0.hasPrefix(language.example) }, "\(path)")
    var rows: [(label: String, text: String)] = []
    for line in lines[usage..<end] where line.hasPrefix("  ") && !line.hasPrefix("    [") {
      if line.dropFirst(2).first != " " {
        let parts = line.dropFirst(2).components(separatedBy: "  ")
        rows.append((parts[0], parts.dropFirst().joined(separator: " ")))
      } else if !rows.isEmpty {
        rows[rows.count - 1].text += line
      }
    }
    self.rows = rows
    examples = lines[end...].joined(separator: "\n").replacingOccurrences(of: " \\\n   ", with: "")
      .split(separator: "\n").map { String($0) }
    #expect(examples.allSatisfy { $0.hasPrefix(language.example) }, "\(path): \(examples)")
  }

  /// The options that it names, as they are typed.
  var options: Set<String> {
    Set(
      rows.flatMap { $0.label.components(separatedBy: ", ") }.filter { $0.hasPrefix("-") }.map {
        String($0.prefix { $0 != " " })
      })
  }
}

extension String {
  var hasHan: Bool { unicodeScalars.contains { $0.properties.isIdeographic } }

  /// Columns of a terminal.
  var columns: Int {
    unicodeScalars.reduce(0) { sum, scalar in
      switch scalar.value {
      case 0x3000...0x303f, 0x3400...0x9fff, 0xff00...0xff60: sum + 2
      default: sum + 1
      }
    }
  }
}
