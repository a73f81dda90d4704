import ArgumentParser
import Campaign
import Foundation
import Ledger
import Node
import Store

/// A cell of a CSV file that spreadsheets open without running it.
enum CSVCell {
  static func text(_ text: String) -> String { LocalNode.csvCell(text) }
}

struct Export: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case csv, jsonl }

  enum Encoding: String, ExpressibleByArgument, CaseIterable {
    case utf8 = "utf-8"
    case gb18030

    func encode(_ text: String) -> [UInt8] { (self == .utf8 ? TextEncoding.utf8 : .gb18030).encode(text) }
  }

  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write records to a file.",
    discussion: "Example: taizhang export --kind training --format csv -o 培训.csv")
  @OptionGroup var common: CommonOptions
  @OptionGroup var filters: FilterOptions
  @Option(help: "Sort by this field.") var sort: String?
  @Option(help: "csv or jsonl.") var format: Format = .csv
  @Option(help: "utf-8 or gb18030.") var encoding = Encoding.utf8
  @Option(name: .shortAndLong, help: "The file (else standard output).") var output: String?

  func run() throws {
    let node = try common.open()
    let printer = Printer(options: common)
    var count = 0
    var unknown = 0
    let progress = Progress(printer, label: output ?? printer.words("导出", "export"), unit: .records)
    let text = try node.store.read { snapshot in
      let pack = try snapshot.pack()
      let filter = try filters.filter(pack)
      let order = try SortedRecords(sort, pack)
      let records = try RecordOutput(snapshot, words: printer.words)
      let all = try snapshot.recordCount()
      var read = 0
      let each: Each = { body in
        try order.forEach(filter, of: .all, snapshot) { view in
          try body(view)
          read += 1
          progress.show(done: read, of: max(read, all))
        }
      }
      return format == .jsonl
        ? try jsonLines(snapshot, records, &count, each) : try csv(records, &count, &unknown, each)
    }
    progress.end()
    if unknown > 0 {
      printer.note(
        printer.words(
          "\(unknown) 条记录的类别不在现行方案里，CSV 不含；用 --format jsonl 导出。",
          "\(unknown) records are of kinds that the pack does not know and are not in the CSV; use --format jsonl."
        ))
    }
    let bytes = encoding.encode(text)
    guard let output else {
      StandardOutput.write(bytes)
      return
    }
    try OutputFile.write(bytes, to: output)
    if common.json {
      printer.json(.object([("exported", .count(count)), ("file", .string(output))]))
    } else {
      printer.data(printer.words("已导出 \(count) 条到 \(output)", "exported \(count) to \(output)"))
    }
  }

  /// Gives the wanted records one by one.
  private typealias Each = ((RecordView) throws -> Void) throws -> Void

  private func jsonLines(
    _ snapshot: Snapshot, _ records: RecordOutput, _ count: inout Int, _ each: Each
  ) throws -> String {
    var text = ""
    var written = 0
    try each { view in
      text += try records.json(view, snapshot).text + "\n"
      written += 1
    }
    count = written
    return text
  }

  /// One table for all kinds: a column for each field that any exported record has.
  private func csv(
    _ records: RecordOutput, _ count: inout Int, _ unknown: inout Int, _ each: Each
  ) throws -> String {
    var left = 0
    var columns: [String] = []
    var seen: Set<String> = []
    var rows: [(id: String, kind: String, division: String, cells: [String: String])] = []
    let display = DisplayForm(pack: records.pack, language: .code)
    try each { view in
      guard let kind = view.kind, let content = view.content else {
        left += 1
        return
      }
      var cells: [String: String] = [:]
      for (field, value) in content.present(in: kind) {
        if seen.insert(field.code).inserted { columns.append(field.code) }
        cells[field.code] = display.text(value, of: field)
      }
      rows.append((view.id.description, kind.code, view.space.division.description, cells))
    }
    count = rows.count
    unknown = left
    var text = encoding == .gb18030 ? "" : "\u{feff}"
    text += (["id", "kind", "division"] + columns).joined(separator: ",") + "\r\n"
    for row in rows {
      let cells = [row.id, row.kind, row.division] + columns.map { row.cells[$0] ?? "" }
      text += cells.map(CSVCell.text).joined(separator: ",") + "\r\n"
    }
    return text
  }
}
