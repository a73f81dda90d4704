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
    abstract: .words(
      "把记录导出到文件。",
      "Write records to a file."),
    discussion: .examples("taizhang export --kind training --format csv -o 培训.csv"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup(title: FilterOptions.title) var filters: FilterOptions
  @Option(help: .words("按此字段排序。", "Sort by this field.", .field)) var sort: String?
  @Option(help: .words("文件的格式。", "The file's format.", .format)) var format: Format = .csv
  @Option(help: .words("文件的编码。", "The file's encoding.", .encoding)) var encoding = Encoding.utf8
  @Option(
    name: .shortAndLong, help: .words("写入的文件（未给出则为标准输出）。", "The file to write (else standard output).", .file)
  ) var output: String?

  func run() throws {
    let node = try common.openToRead()
    let printer = Printer(options: common)
    let file = try ExportFile(output, encoding)
    let progress = Progress(printer, label: output ?? printer.words("导出", "export"), unit: .records)
    var written = Written()
    try node.store.read { snapshot in
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
      written =
        format == .jsonl
        ? try jsonLines(snapshot, records, to: file, each) : try csv(records, to: file, each)
    }
    try file.finish()
    progress.end()
    tell(written, printer)
  }

  private func tell(_ written: Written, _ printer: Printer) {
    if written.left > 0 {
      printer.note(
        printer.words(
          "\(written.left) 条记录的类别不在现行方案里，CSV 不含；用 --format jsonl 导出。",
          "Not in the CSV: \(Words.counted(written.left, "record")) of a kind that the pack does not know; use --format jsonl."
        ))
    }
    guard let output else { return }
    if common.json {
      printer.json(.object([("exported", .count(written.count)), ("file", .string(output))]))
    } else {
      printer.data(
        printer.words("已导出 \(written.count) 条到 \(output)", "exported \(written.count) to \(output)"))
    }
  }

  /// How many records went into the file, and how many have no place in it.
  private struct Written {
    var count = 0
    var left = 0
  }

  /// Gives the wanted records one by one.
  private typealias Each = ((RecordView) throws -> Void) throws -> Void

  private func jsonLines(
    _ snapshot: Snapshot, _ records: RecordOutput, to file: ExportFile, _ each: Each
  ) throws -> Written {
    var written = Written()
    try each { view in
      try file.write(try records.json(view, snapshot).text + "\n")
      written.count += 1
    }
    return written
  }

  /// One table for all kinds: a column for each field that any exported record has.
  private func csv(_ records: RecordOutput, to file: ExportFile, _ each: Each) throws -> Written {
    let table = try GrowingTable(["id", "kind", "division"])
    let display = DisplayForm(pack: records.pack, language: .code)
    var written = Written()
    try each { view in
      guard let kind = view.kind, let content = view.content else {
        written.left += 1
        return
      }
      try table.add(
        [view.id.description, kind.code, view.space.division.description],
        content.present(in: kind).map { ($0.field.code, display.text($0.value, of: $0.field)) })
      written.count += 1
    }
    if encoding == .utf8 { try file.write("\u{feff}") }
    try table.forEachPiece(file.write)
    return written
  }
}

/// Where an export goes, piece by piece: memory does not grow with it.
final class ExportFile {
  private let file: WholeFile?
  private let encoding: Export.Encoding
  private var pending = ""
  private static let pieceBytes = 1 << 16

  /// - Parameter path: nil for standard output.
  init(_ path: String?, _ encoding: Export.Encoding) throws {
    file = try path.map { try WholeFile($0) }
    self.encoding = encoding
  }

  func write(_ text: String) throws {
    pending += text
    if pending.utf8.count >= ExportFile.pieceBytes { try empty() }
  }

  func finish() throws {
    try empty()
    try file?.keep()
  }

  private func empty() throws {
    let bytes = encoding.encode(pending)
    pending.removeAll(keepingCapacity: true)
    if let file { try file.append(bytes) } else { StandardOutput.write(bytes) }
  }
}
