import Foundation
import Testing

/// Help of every command, in Chinese and in English.
@Suite(.offPool) struct HelpTests {
  @Test func helpOfEveryCommandEndsInAnExample() throws {
    let commands = try CommandShape.all()
    #expect(commands.count >= 50)
    for command in commands {
      let page = try HelpPage(command.path, .en, width: 80)
      for example in page.examples { try check(example, of: command, among: commands) }
      let other = try Program(command.path + ["--help"], json: false, environment: ["COLUMNS": "80"]).finish()
      #expect(other.out == page.lines.joined(separator: "\n") + "\n", "\(command.path)")
    }
  }

  /// Whether an example's command is the page's or one below it, and its options are those of that command.
  private func check(_ example: String, of page: CommandShape, among all: [CommandShape]) throws {
    // What follows another program's name, or goes into a file, is no part of the call.
    let call = example.dropFirst("Example: ".count).split { ">&|".contains($0) }[0]
    let words = call.split(separator: " ").map(String.init)
    #expect(words.first == "taizhang", "\(example)")
    let named = all.filter { words.dropFirst().starts(with: $0.path) }
    let command = try #require(named.max { $0.path.count < $1.path.count }, "\(example)")
    // A command with others below it stands for the one that it runs by itself.
    #expect(
      command.path.starts(with: page.path) || page.path.starts(with: command.path) && !command.path.isEmpty,
      "\(example)")
    let known = all.filter { $0.path.starts(with: command.path) }.reduce(into: Set()) {
      $0.formUnion($1.options)
    }
    for option in words where option.hasPrefix("-") {
      #expect(known.contains(option), "\(option) in \(example)")
    }
  }

  @Test(arguments: [80, 120])
  func bothLanguagesTellTheSameWithinTheTerminal(width: Int) throws {
    for command in try CommandShape.all() {
      let pages = try HelpPage.Language.allCases.map { try HelpPage(command.path, $0, width: width) }
      for page in pages {
        #expect(page.options == command.options, "\(command.path)")
        for line in page.lines {
          #expect(line.columns <= width, "\(command.path): \(line)")
          let first = line.first { $0 != " " }
          #expect(first.map("，。；：、）”".contains) != true, "\(command.path): \(line)")
          #expect(line.last.map("（“《".contains) != true, "\(command.path): \(line)")
        }
      }
      let (chinese, english) = (pages[0], pages[1])
      // The same calls; only the word before them differs.
      #expect(
        chinese.examples.map { $0.dropFirst("例：".count) }
          == english.examples.map { $0.dropFirst("Example: ".count) }, "\(command.path)")
      #expect(chinese.rows.count == english.rows.count, "\(command.path)")
      #expect(chinese.overview.hasHan, "\(command.path)")
      // The program's own name is in it.
      #expect(!english.overview.hasHan || command.path.isEmpty, "\(command.path)")
      for row in chinese.rows { #expect(row.text.hasHan, "\(command.path): \(row)") }
      for row in english.rows { #expect(!row.text.isEmpty && !row.text.hasHan, "\(command.path): \(row)") }
    }
  }

  @Test func aNarrowTerminalGetsTheSameWords() throws {
    let wide = try HelpPage(["list"], .zh, width: 80)
    let narrow = try HelpPage(["list"], .zh, width: 40)
    #expect(narrow.options == wide.options)
    for line in narrow.lines where !line.hasPrefix("例") { #expect(line.columns <= 40, "\(line)") }
    let texts = [wide, narrow].map { page in page.rows.map { $0.text.filter { !$0.isWhitespace } } }
    #expect(texts[0] == texts[1])
  }

  @Test func theLanguageIsChosenAsForEveryMessage() throws {
    func help(_ words: String..., locale: String = "C") throws -> String {
      try Program(words, json: false, environment: ["LC_ALL": locale, "COLUMNS": "80"]).finish().out
    }
    let chinese = try help("help", "office", "invite", "--lang", "zh")
    let english = try help("help", "office", "invite")
    #expect(chinese.hasPrefix("概述：给新单位") && english.hasPrefix("OVERVIEW: A one-time"))
    #expect(try help("--lang", "zh", "help", "office", "invite") == chinese)
    #expect(try help("help", "--lang=zh", "office", "invite") == chinese)
    #expect(try help("office", "invite", "--lang", "zh", "-h") == chinese)
    #expect(try help("--lang", "zh", "office", "help", "invite") == chinese)
    #expect(try help("office", "invite", "--help", locale: "zh_CN.UTF-8") == chinese)
    #expect(try help("help", "office", "invite", locale: "bo_CN.UTF-8") == chinese)
    #expect(try help("help", "office", "invite", "--lang", "en", locale: "zh_CN.UTF-8") == english)
    // A command that only holds others says what there is.
    #expect(try help("office", "--lang", "zh") == help("help", "office", locale: "zh_CN.UTF-8"))
  }

  /// A word after `--` is text, whatever it looks like.
  @Test func whatStandsBehindTheEndOfOptionsIsNoCallForHelp() throws {
    let place = try Workplace()
    let found = try Program(["search", "--store", place["none"], "--", "--help"], json: false).finish()
    #expect(found.exitCode == 66 && found.out.isEmpty, "\(found.out)")
  }
}
