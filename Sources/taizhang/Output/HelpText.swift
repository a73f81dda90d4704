import ArgumentParser
import Foundation

/// Help as this program prints it: ArgumentParser's text, with the command's example at the end, where a
/// reader looks for it.
enum HelpText {
  /// - Parameters:
  ///   - text: what ArgumentParser would print.
  ///   - arguments: the command line, which names the command.
  /// - Returns: `text` as it is where it is no help.
  static func arranged(_ text: String, for arguments: [String], root: any ParsableCommand.Type) -> String {
    let parts = text.components(separatedBy: "\n\nUSAGE: ")
    guard parts.count == 2, text.hasPrefix("OVERVIEW: ") else { return text }
    let overview = parts[0].components(separatedBy: "\n\n")[0]
    let example = CommandLineWords(arguments).command(of: root).type.configuration.discussion
    let rest = "USAGE: " + parts[1].trimmingSuffix("\n")
    return [overview, rest, example].filter { !$0.isEmpty }.joined(separator: "\n\n")
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: Character) -> String {
    var text = self
    while text.last == suffix { text.removeLast() }
    return text
  }
}
