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
    abstract: .words(
      "导入台账：CSV 或 JSON Lines 文件。",
      "Take in ledgers: CSV or JSON Lines."),
    discussion: .examples("taizhang import 台账.csv --division 540100 --rejects 退回.csv"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Argument(help: .words("要导入的文件。", "The files to take in.", .file)) var files: [String]
  @Option(help: .words("文件里没有类别列时，记录的类别。", "The kind, where the file has no column for it.", .kind)) var kind:
    String?
  @Option(
    help: .words("文件里没有行政区划列时，记录的行政区划。", "The division, where the file has no column for it.", .division))
  var division: String?
  @Option(help: .words("文件的编码。", "The files' encoding.", .encoding)) var encoding: TextEncoding = .auto
  @Flag(help: .words("只检查，不导入。", "Check only; nothing is imported.")) var dryRun = false
  @Option(help: .words("把退回的行及其原因写入此文件。", "Where to write the rows that did not go in, and why.", .file))
  var rejects: String?

  func run() throws {
    let node = try common.open()
    let printer = Printer(options: common)
    try requireOtherList()
    var options = LocalNode.ImportOptions()
    options.kind = kind
    options.division = division
    options.encoding = encoding
    options.isDryRun = dryRun
    options.operatorName = common.operatorText
    var total = LocalNode.ImportReport()
    // A dry run takes nothing in, and must not take away what it reads.
    let list = dryRun && rejects.map(files.contains) == true ? nil : rejects
    let rejected = RejectsFile(
      list, sources: files.count,
      pack: try node.store.read { try $0.pack() }, words: printer.words)
    var account = FailureAccount(of: files.count)
    var unlisted: (any Error)?
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
        total.kept += report.kept
        total.blank += report.blank
        total.duplicatesSuspected += report.duplicatesSuspected
        progress.end()
        let source = files.count > 1 ? file + printer.words("：", ": ") : ""
        for note in ImportWords.notes(report, untold: told - Import.toldRejects, printer.words) {
          printer.note(SafeText.line(source + note))
        }
      } catch {
        progress.end()
        do { try rejected.discard() } catch { unlisted = unlisted ?? error }
        let failure = ImportFailure(path: file, cause: error)
        account.note(ErrorReport(failure, words: printer.words), about: file, printer.words)
      }
    }
    do { try rejected.finish(isWhole: account.isEmpty && !dryRun) } catch { unlisted = unlisted ?? error }
    // Of several files the good ones have gone in, and are told; so is what went in where the list cannot be written.
    if files.count > 1 || account.isEmpty { tell(total, printer) }
    if let unlisted {
      account.note(ErrorReport(unlisted, words: printer.words), about: list ?? "", printer.words)
    } else if total.rejected > 0 {
      printer.note(ImportWords.mending(list, printer.words))
    }
    account.hasFindings = total.rejected > 0
    try account.close(json: common.json)
  }

  /// A list of rejected rows in the place of a ledger would be all that is left of it. A list of an earlier run may give
  /// way to what is left of it.
  private func requireOtherList() throws {
    guard !dryRun, let rejects, !RejectsFile.isList(rejects) else { return }
    try StoreFiles.requireNone(at: rejects)
    guard !files.contains(where: { OutputFile.isSame($0, rejects) }) else {
      throw UsageError(
        chinese: "--rejects 指的是要导入的 \(rejects)：退回的行会取代它。请换一个文件名。",
        english:
          "--rejects names \(rejects), which is to be imported: the rejected rows would take its place. Name another file."
      )
    }
  }

  private func tell(_ total: LocalNode.ImportReport, _ printer: Printer) {
    if common.json {
      printer.json(
        .object([
          ("imported", .count(total.imported)), ("updated", .count(total.updated)),
          ("unchanged", .count(total.unchanged)),
          ("rejected", .count(total.rejected)), ("kept", .count(total.kept)),
          ("blank", .count(total.blank)),
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

/// Why a file did not come in. Of several files the others did.
struct ImportFailure: Error {
  let path: String
  let cause: any Error
}

enum InputFile {
  /// - Parameter fault: what is wrong with a file that is no text in UTF-8, as PEM is.
  /// - Throws: `NodeError.noFile` or `file` where it gives no bytes; else `fault`.
  static func text(_ path: String, else fault: @autoclosure () -> any Error) throws -> String {
    guard let bytes = FileManager.default.contents(atPath: path) else { throw NodeError.unreadable(path) }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw fault() }
    return text
  }
}

enum OutputFile {
  /// Whether two paths mean one file that is there.
  static func isSame(_ a: String, _ b: String) -> Bool {
    var (first, second) = (stat(), stat())
    guard stat(a, &first) == 0, stat(b, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    try WholeFile.write(bytes, to: path)
  }
}

struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: .words(
      "把台账库备份到一个文件（附件的内容除外）。",
      "Back the store up to one file (without attachments' contents)."),
    discussion: .examples("taizhang backup /media/usb/台账.backup"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Argument(help: .words("写入的文件。", "The file to write.", .file)) var file: String

  func run() throws {
    let node = try common.openToRead()
    let printer = Printer(options: common)
    let progress = Progress(printer, label: file, unit: .pages)
    let bytes = try node.backup(to: file) { progress.show(done: $0, of: $1) }
    progress.end()
    let attachments = try node.store.read { try $0.contentsHere().count }
    if attachments > 0 {
      printer.note(
        printer.words(
          "备份不含 \(attachments) 个附件的内容：请另行复制库目录下的 attachments 目录；恢复后缺的可用 taizhang sync --attachments 取回。",
          "Not in it: the contents of \(Words.counted(attachments, "attachment")). Copy the folder `attachments` of the store besides; after restoring, `taizhang sync --attachments` fetches what is missing."
        ))
    }
    if common.json {
      printer.json(.object([("file", .string(file)), ("bytes", .count(bytes))]))
    } else {
      printer.data(printer.words("已备份到 \(file)（\(bytes) 字节）", "backed up to \(file) (\(bytes) bytes)"))
    }
  }
}

struct RestoreBackup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore-backup",
    abstract: .words(
      "由备份恢复出台账库。",
      "Make a store out of a backup."),
    discussion: .examples("taizhang restore-backup 台账.backup --store ~/taizhang"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Argument(help: .words("备份文件。", "The backup.", .file)) var file: String

  func run() throws {
    let node = try LocalNode.restore(backup: file, into: try common.storePath)
    let printer = Printer(options: common)
    if common.json {
      printer.json(.object([("ok", .bool(true)), ("problems", .array([])), ("repaired", .array([]))]))
    } else {
      printer.data(printer.words("已恢复到 \(node.store.folder)", "restored to \(node.store.folder)"))
      printer.note(
        printer.words(
          "备份之后的内容由仍持有它的对端带回：请同步（taizhang sync，上级则运行 taizhang serve），进度见 taizhang status。",
          "What came after the backup is brought back by those who hold it: sync (or serve, where others come here), and see `taizhang status`."
        ))
      printer.note(
        printer.words(
          "备份之后导入过的台账，本库已不记得导入过，再导入会重复：原库还在的，先用 taizhang merge 并入它的目录；附件放回库目录下的 attachments 后，运行 taizhang doctor --repair。",
          "Which ledgers were imported after the backup is not known here: importing one again doubles it. Where the former store is left, `taizhang merge` its folder first. Once attachments are back in the folder `attachments` of the store, run `taizhang doctor --repair`."
        ))
    }
    if let text = VerifyWords.formerKeys(node.formerKeys, printer.words) { printer.note(text) }
  }
}
