import ArgumentParser
import Campaign
import Foundation
import Ledger
import Node
import Store

/// Prints records a line each as they come.
struct ListOutput {
  let common: CommonOptions

  func run(_ store: Store, _ filter: RecordFilter, sort: String? = nil) throws {
    let printer = Printer(options: common)
    try store.read { snapshot in
      let output = try RecordOutput(snapshot, words: printer.words)
      let language: LabelLanguage = printer.words.isChinese ? .chinese : .english
      var table = TextTable([
        "ID", printer.words("日期", "Date"), printer.words("类别", "Kind"), printer.words("区划", "Division"),
        printer.words("标题", "Title"),
      ])
      func emit(_ view: RecordView) throws {
        if common.json { return printer.json(try output.json(view, snapshot)) }
        guard let kind = view.kind, let content = view.content else { return }
        let display = DisplayForm(pack: output.pack, language: language)
        // A record's day and its heading are its kind's first required day and text.
        func first(_ type: ValueType) -> String {
          guard let i = kind.fields.firstIndex(where: { $0.type == type && $0.isRequired }) else { return "" }
          return display.text(content[field: i], of: kind.fields[i])
        }
        let mark = view.conflicts.isEmpty ? "" : " !"
        table.add([
          view.id.description, first(.date), (kind.label.text(in: language) ?? kind.code) + mark,
          output.pack.divisions[view.space.division]?.name ?? view.space.division.description, first(.text),
        ])
      }
      if let sort {
        var limited = filter
        limited.limit = nil
        var views: [(key: String, view: RecordView)] = []
        try snapshot.forEachRecord(limited) { view in
          let key = view.kind.flatMap { kind in
            kind.field(sort).map {
              DisplayForm(pack: output.pack, language: .code).text(view.content?[sort, in: kind], of: $0)
            }
          }
          views.append((key ?? "", view))
          return true
        }
        views.sort { ($0.key, $0.view.id) < ($1.key, $1.view.id) }
        for entry in views.prefix(filter.limit ?? .max) { try emit(entry.view) }
      } else {
        try snapshot.forEachRecord(filter) { view in
          try emit(view)
          return true
        }
      }
      if !common.json, !table.isEmpty { for line in table.lines { printer.data(line) } }
    }
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
    try ListOutput(common: common).run(store, filter, sort: sort)
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
    var filter = try filters.filter(try store.read { try $0.pack() })
    let needle = SearchText(text.joined(separator: " "))
    let before = filter.matches
    filter.matches = { view in (before?(view) ?? true) && needle.matches(view) }
    try ListOutput(common: common).run(store, filter)
  }
}

struct History: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "What happened to a record, oldest first.", discussion: "Example: taizhang history 0198f3")
  @OptionGroup var common: CommonOptions
  @Argument(help: "The record's id, or the first digits of it.") var id: String

  func run() throws {
    let printer = Printer(options: common)
    try common.openStore().read { snapshot in
      let view = try snapshot.record(prefix: id)
      let output = try RecordOutput(snapshot, words: printer.words)
      var last: [UInt32: JSON] = [:]
      for entry in try snapshot.history(of: view) {
        for write in entry.mutation.writes {
          let field = write.cell == CellWrite.existenceCell ? "deleted" : view.code(ofCell: write.cell)
          let to = output.json(write.content, cell: write.cell, kind: view.kind)
          let office = output.office(entry.change.log.node) ?? ""
          // A write that names more than one other settles what stood beside each other.
          let resolves =
            write.supersedes.count > 1 && write.content.sort != .set && write.content.sort != .existence
          if common.json {
            printer.json(
              .object([
                ("at", .string(Timestamp.text(entry.time))), ("office", .string(office)),
                ("operator", .optional(entry.operatorName.isEmpty ? nil : entry.operatorName)),
                ("field", .string(field)),
                ("from", last[write.cell] ?? .null), ("to", to),
                ("change", .string("\(entry.change.log)/\(entry.change.n)")), ("resolves", .bool(resolves)),
              ]))
          } else {
            printer.data(
              SafeText.line(
                "\(Timestamp.text(entry.time))  \(office) \(entry.operatorName)  \(field): \((last[write.cell] ?? .null).text) → \(to.text)"
              ))
          }
          last[write.cell] = to
        }
      }
    }
  }
}
