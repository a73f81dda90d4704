public import ArgumentParser
import Campaign
import Foundation
import Ledger
public import Node
import Store

extension TextEncoding: ExpressibleByArgument {}

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take in ledgers: CSV or JSON Lines.",
    discussion: "Example: taizhang import 台账.csv --division 540100 --rejects 退回.csv")
  @OptionGroup var common: CommonOptions
  @Argument(help: "Files.") var files: [String]
  @Option(help: "The kind, where the file has no column for it.") var kind: String?
  @Option(help: "The division, where the file has no column for it.") var division: String?
  @Option(help: "auto, utf-8 or gb18030.") var encoding: TextEncoding = .auto
  @Flag(help: "Check only.") var dryRun = false
  @Option(help: "Where to write the rows that did not go in.") var rejects: String?

  func run() throws {
    let node = try common.open()
    let printer = Printer(options: common)
    var options = LocalNode.ImportOptions()
    options.kind = kind
    options.division = division
    options.encoding = encoding
    options.isDryRun = dryRun
    options.operatorName = common.operatorText
    var total = LocalNode.ImportReport()
    let rejected = RejectsFile(
      rejects, sources: files.count, pack: try node.store.read { try $0.pack() }, words: printer.words)
    var failure: (any Error)?
    for file in files {
      var told = 0
      try rejected.begin(file)
      let progress = Progress(printer, label: file, unit: .bytes)
      let listener = LocalNode.ImportListener(
        rejected: { reject in
          try rejected.add(reject)
          told += 1
          if told <= Import.toldRejects { printer.note(rejected.line(reject)) }
        },
        progressed: { progress.show(done: $0, of: $1) })
      do {
        let report = try node.importFile(file, options, listener)
        total.imported += report.imported
        total.updated += report.updated
        total.unchanged += report.unchanged
        total.rejected += report.rejected
        total.duplicatesSuspected += report.duplicatesSuspected
        progress.end()
        for note in ImportWords.notes(report, untold: told - Import.toldRejects, printer.words) {
          printer.note(SafeText.line(note))
        }
      } catch {
        progress.end()
        try rejected.discard()
        if failure == nil { failure = error }
        if files.count > 1 { ErrorReport(error, words: printer.words).print(json: false) }
      }
    }
    try rejected.finish()
    // Of several files the good ones have gone in, and are told.
    if files.count == 1, let failure { throw failure }
    tell(total, printer)
    if let failure { throw failure }
    if total.rejected > 0 { throw ExitCode(1) }
  }

  private func tell(_ total: LocalNode.ImportReport, _ printer: Printer) {
    if common.json {
      printer.json(
        .object([
          ("imported", .count(total.imported)), ("updated", .count(total.updated)),
          ("unchanged", .count(total.unchanged)),
          ("rejected", .count(total.rejected)),
          ("duplicates_suspected", .count(total.duplicatesSuspected)),
        ]))
    } else {
      printer.data(
        printer.words(
          "新增 \(total.imported)，更新 \(total.updated)，未变 \(total.unchanged)，退回 \(total.rejected)",
          "imported \(total.imported), updated \(total.updated), unchanged \(total.unchanged), rejected \(total.rejected)"
        ))
      DuplicateOutput.note(total.duplicatesSuspected, printer)
    }
  }

  /// How many of a file's rejected rows are told on the terminal; all of them are in the rejects file.
  private static let toldRejects = 20
}

/// A cell of a CSV file that spreadsheets open without running it.
enum CSVCell {
  static func text(_ text: String) -> String { LocalNode.csvCell(text) }
}

enum OutputFile {
  static func write(_ bytes: [UInt8], to path: String) throws {
    try WholeFile.write(bytes, to: path)
  }
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
      let all = try snapshot.recordCount()
      let told: (Int) -> Void = { progress.show(done: $0, of: max($0, all)) }
      let filter = try filters.filter(try snapshot.pack())
      let records = try RecordOutput(snapshot, words: printer.words)
      return format == .jsonl
        ? try jsonLines(snapshot, filter, records, &count, told)
        : try csv(snapshot, filter, records, &count, &unknown, told)
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

  private func jsonLines(
    _ snapshot: Snapshot, _ filter: RecordFilter, _ records: RecordOutput,
    _ count: inout Int, _ told: (Int) -> Void
  ) throws -> String {
    var text = ""
    var written = 0
    try snapshot.forEachRecord(filter) { view in
      text += try records.json(view, snapshot).text + "\n"
      written += 1
      told(written)
      return true
    }
    count = written
    return text
  }

  /// One table for all kinds: a column for each field that any exported record has.
  private func csv(
    _ snapshot: Snapshot, _ filter: RecordFilter, _ records: RecordOutput, _ count: inout Int,
    _ unknown: inout Int, _ told: (Int) -> Void
  ) throws -> String {
    var left = 0
    var columns: [String] = []
    var seen: Set<String> = []
    var rows: [(id: String, kind: String, division: String, cells: [String: String])] = []
    let display = DisplayForm(pack: records.pack, language: .code)
    try snapshot.forEachRecord(filter) { view in
      guard let kind = view.kind, let content = view.content else {
        left += 1
        return true
      }
      var cells: [String: String] = [:]
      for (field, value) in content.present(in: kind) {
        if seen.insert(field.code).inserted { columns.append(field.code) }
        cells[field.code] = display.text(value, of: field)
      }
      rows.append((view.id.description, kind.code, view.space.division.description, cells))
      told(rows.count)
      return true
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

struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Write a backup of everything to one file.",
    discussion: "Example: taizhang backup /media/usb/台账.backup")
  @OptionGroup var common: CommonOptions
  @Argument(help: "The file.") var file: String

  func run() throws {
    let node = try common.open()
    let printer = Printer(options: common)
    let progress = Progress(printer, label: file, unit: .pages)
    let bytes = try node.backup(to: file) { progress.show(done: $0, of: $1) }
    progress.end()
    if common.json {
      printer.json(.object([("file", .string(file)), ("bytes", .count(bytes))]))
    } else {
      printer.data(printer.words("已备份到 \(file)（\(bytes) 字节）", "backed up to \(file) (\(bytes) bytes)"))
    }
  }
}

struct RestoreBackup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore-backup", abstract: "Make a store out of a backup.",
    discussion: "Example: taizhang restore-backup 台账.backup --store ~/taizhang")
  @OptionGroup var common: CommonOptions
  @Argument(help: "The backup.") var file: String

  func run() throws {
    let node = try LocalNode.restore(backup: file, into: try common.storePath)
    let printer = Printer(options: common)
    if common.json {
      printer.json(.object([("ok", .bool(true)), ("problems", .array([])), ("repaired", .array([]))]))
    } else {
      printer.data(printer.words("已恢复到 \(node.store.folder)", "restored to \(node.store.folder)"))
    }
  }
}
