import ArgumentParser
import Campaign
import Foundation
import Ledger
import Node
import Store

/// Prints records a line each: as JSON as they come, on a terminal as a table.
struct ListOutput {
  let common: CommonOptions

  func list(_ store: Store, _ filter: RecordFilter, sort: String?) throws {
    try store.read { snapshot in
      var lines = try ListLines(common: common, snapshot)
      let order = try SortedRecords(sort, try snapshot.pack())
      try order.forEach(filter, of: .all, snapshot) { try lines.add($0) }
      lines.finish()
    }
  }

  func search(_ store: Store, _ text: SearchText, _ filter: RecordFilter, sort: String?) throws {
    try store.read { snapshot in
      var lines = try ListLines(common: common, snapshot, search: text)
      let order = try SortedRecords(sort, try snapshot.pack())
      try order.forEach(filter, of: .found(text), snapshot) { try lines.add($0) }
      lines.finish()
    }
  }
}

/// Records on their way out.
struct ListLines {
  private let common: CommonOptions
  private let snapshot: Snapshot
  private let output: RecordOutput
  private let language: LabelLanguage
  private let display: DisplayForm
  private let search: SearchText?
  private var table: TextTable

  init(common: CommonOptions, _ snapshot: Snapshot, search: SearchText? = nil) throws {
    self.common = common
    self.snapshot = snapshot
    self.search = search
    let words = common.words
    output = try RecordOutput(snapshot, words: words)
    language = words.labels
    display = DisplayForm(pack: output.pack, language: language)
    table = TextTable([
      words("编号", "ID"), words("日期", "Date"), words("类别", "Kind"), words("行政区划", "Division"),
      words("标题", "Title"),
    ])
  }

  mutating func add(_ view: RecordView) throws {
    if common.json { return Printer(options: common).json(try output.json(view, snapshot)) }
    let division = output.pack.divisions[view.space.division]?.name ?? view.space.division.description
    let mark = view.isFlagged ? " !" : ""
    guard let kind = view.kind, let content = view.content else {
      // Of a kind that the pack in force does not know: it is there all the same.
      return table.add([try id(view), "", (view.kindName?.code ?? "?") + mark, division, ""])
    }
    // A record's day is its kind's first required day.
    let day = kind.fields.firstIndex { $0.type == .date && $0.isRequired }
    table.add([
      try id(view), text(day, content, kind), (kind.label.text(in: language) ?? kind.code) + mark,
      division, text(kind.heading, content, kind),
    ])
    if let excerpt = search?.excerpt(content, kind) {
      let (on, off) = common.showsColour ? ("\u{1b}[1;33m", "\u{1b}[0m") : ("", "")
      table.add(
        note: "    " + SafeText.line(excerpt.before) + on + SafeText.line(excerpt.hit) + off
          + SafeText.line(excerpt.after))
    }
  }

  private func text(_ field: Int?, _ content: RecordContent, _ kind: Kind) -> String {
    field.map { display.text(content[field: $0], of: kind.fields[$0]) } ?? ""
  }

  /// On a terminal as much of the id as tells the record from every other here, as commands take it.
  private func id(_ view: RecordView) throws -> String {
    guard isatty(1) == 1 else { return view.id.description }
    return try snapshot.shortestPrefix(of: view.id, atLeast: ListLines.leastDigits)
  }

  private static let leastDigits = 8

  func finish() {
    guard !common.json else { return }
    let printer = Printer(options: common)
    if table.isEmpty {
      return printer.noteOnTerminal(
        search == nil
          ? printer.words("没有符合条件的记录。", "No record fits.") : printer.words("没有找到。", "Nothing was found."))
    }
    for line in table.lines { printer.data(line) }
  }
}

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: .words(
      "列出记录。",
      "List records."),
    discussion: .examples("taizhang list --kind training --division 540100 --limit 20"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup(title: FilterOptions.title) var filters: FilterOptions
  @Option(help: .words("按此字段排序。", "Sort by this field.", .field)) var sort: String?

  func run() throws {
    let store = try common.openStore()
    let filter = try filters.filter(try store.read { try $0.pack() })
    try ListOutput(common: common).list(store, filter, sort: sort)
  }
}

struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: .words(
      "按文字查找记录。",
      "Find records by text."), discussion: .examples("taizhang search 电梯 安全"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup(title: FilterOptions.title) var filters: FilterOptions
  @Option(help: .words("按此字段排序（未给出则最相符的在前）。", "Sort by this field (else the best first).", .field)) var sort:
    String?
  @Argument(
    help: .words("要查找的词，须全部出现；英文引号 \"…\" 内为连续的一段。", "Words that must all occur; \"…\" is a phrase.", .text))
  var text: [String]

  func run() throws {
    let store = try common.openStore()
    let filter = try filters.filter(try store.read { try $0.pack() })
    let needle = SearchText(text.joined(separator: " "))
    try ListOutput(common: common).search(store, needle, filter, sort: sort)
  }
}
