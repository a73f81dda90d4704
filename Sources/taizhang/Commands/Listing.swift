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
      if let sort {
        for view in try sorted(snapshot, filter, by: sort) { try lines.add(view) }
      } else {
        try snapshot.forEachRecord(filter) { view in
          try lines.add(view)
          return true
        }
      }
      lines.finish()
    }
  }

  func search(_ store: Store, _ text: SearchText, _ filter: RecordFilter) throws {
    try store.read { snapshot in
      var lines = try ListLines(common: common, snapshot, search: text)
      try snapshot.search(text, filter) { view in
        try lines.add(view)
        return true
      }
      lines.finish()
    }
  }

  /// Numbers and days by their size, all else as text; records without a value come last.
  private func sorted(_ snapshot: Snapshot, _ filter: RecordFilter, by name: String) throws -> [RecordView] {
    let pack = try snapshot.pack()
    if !pack.kinds.contains(where: { $0.fieldIndex(named: name) != nil }) {
      // The check of an edit finds the words, and the field that may have been meant.
      for kind in pack.kinds { _ = try FilterCheck.value(name, "", kind, pack) }
    }
    var unlimited = filter
    unlimited.limit = nil
    var found: [(key: SortKey, view: RecordView)] = []
    try snapshot.forEachRecord(unlimited) { view in
      let value = view.kind.flatMap { kind in
        kind.fieldIndex(named: name).flatMap { view.content?[field: $0] }
      }
      found.append((SortKey(value), view))
      return true
    }
    found.sort { $0.key != $1.key ? $0.key < $1.key : $0.view.id < $1.view.id }
    return found.prefix(filter.limit ?? .max).map(\.view)
  }
}

/// How a value stands among others of its field.
enum SortKey: Comparable {
  case number(Double)
  case text(String)
  case none

  init(_ value: FieldValue?) {
    switch value {
    case .tally(let count)?: self = .number(Double(count))
    case .single(.integer(let number))?: self = .number(Double(number))
    case .single(.date(let days))?: self = .number(Double(days))
    case .single(.decimal(let text))?: self = Double(text).map { .number($0) } ?? .text(text)
    case .single(.flag(let flag))?: self = .number(flag ? 1 : 0)
    case .single(.text(let text))?, .single(.code(let text))?: self = .text(text)
    case .set(let elements)?: self = SortKey(elements.first.map { .single($0) })
    default: self = .none
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
      return table.add([view.id.description, "", (view.kindName?.code ?? "?") + mark, division, ""])
    }
    // A record's day is its kind's first required day.
    let day = kind.fields.firstIndex { $0.type == .date && $0.isRequired }
    table.add([
      view.id.description, text(day, content, kind), (kind.label.text(in: language) ?? kind.code) + mark,
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

  func finish() {
    if !common.json, !table.isEmpty { for line in table.lines { Printer(options: common).data(line) } }
  }
}

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List records.",
    discussion: "Example: taizhang list --kind training --division 540100 --limit 20")
  @OptionGroup var common: CommonOptions
  @OptionGroup var filters: FilterOptions
  @Option(help: "Sort by this field.") var sort: String?

  func run() throws {
    let store = try common.openStore()
    let filter = try filters.filter(try store.read { try $0.pack() })
    try ListOutput(common: common).list(store, filter, sort: sort)
  }
}

struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Find records by text.", discussion: "Example: taizhang search 电梯 安全")
  @OptionGroup var common: CommonOptions
  @OptionGroup var filters: FilterOptions
  @Argument(help: "Words that must all occur; \"…\" is a phrase.") var text: [String]

  func run() throws {
    let store = try common.openStore()
    let filter = try filters.filter(try store.read { try $0.pack() })
    let needle = SearchText(text.joined(separator: " "))
    try ListOutput(common: common).search(store, needle, filter)
  }
}
