public import ArgumentParser
import Foundation
import Ledger
public import Node
import Store

struct BundleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle", abstract: "Sealed files for a USB stick.",
    discussion: "Example: taizhang bundle create -o /media/usb/拉萨.tzb",
    subcommands: [Create.self, Inspect.self])

  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "create",
      abstract: "Write a bundle.",
      discussion: """
        Example: taizhang bundle create --since-last -o /media/usb/拉萨.tzb
        Example: taizhang bundle create --attachments -o /media/usb/拉萨.tzb
        """)
    @OptionGroup var common: CommonOptions
    @Option(
      name: .customLong("for"),
      help: "The recipient: an office's name or a node-id prefix (else the enroller).") var recipient: String?
    @Flag(help: "Only what the recipient has not signed for.") var sinceLast = false
    @Flag(help: "The photos and scans too that are here (with --since-last: of what it has not signed for).")
    var attachments = false
    @Option(name: .shortAndLong, help: "The file.") var output: String

    func run() throws {
      let node = try common.open()
      let (manifest, bytes) = try node.makeBundle(
        for: recipient, sinceLast: sinceLast, attachments: attachments, to: output)
      BundleOutput(common: common).print(manifest, bytes: bytes, file: output)
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "inspect",
      abstract: "What a bundle says of itself.",
      discussion: "Example: taizhang bundle inspect /media/usb/拉萨.tzb")
    @OptionGroup var common: CommonOptions
    @Argument(help: "The file.") var file: String

    func run() throws {
      let manifest = try LocalNode.inspectBundle(file)
      let size = (try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? Int
      BundleOutput(common: common).print(manifest, bytes: size ?? 0, file: file)
    }
  }
}

struct BundleOutput {
  let common: CommonOptions

  func print(_ manifest: BundleManifest, bytes: Int, file: String) {
    let printer = Printer(options: common)
    if common.json {
      printer.json(
        .object([
          ("file", .string(file)), ("changes", .count(manifest.changes)), ("bytes", .count(bytes)),
          ("for", .string(manifest.recipientName)), ("from", .string(manifest.makerName)),
          ("made_at", .string(Timestamp.text(manifest.madeAt))),
        ]))
    } else {
      printer.data(
        SafeText.line(
          printer.words(
            "\(file)：\(manifest.makerName) → \(manifest.recipientName)，变更 \(manifest.changes)，\(bytes) 字节",
            "\(file): \(manifest.makerName) → \(manifest.recipientName), \(manifest.changes) changes, \(bytes) bytes"
          )))
    }
  }
}

extension LocalNode.MergeDecision: ExpressibleByArgument {}

struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Take in bundles and settle what a rule may settle.",
    discussion: "Example: taizhang merge /media/usb --decide latest")
  @OptionGroup var common: CommonOptions
  @Argument(help: "Bundles, or folders of bundles.") var sources: [String] = []
  @Option(help: "Settle open conflicts by latest or authority, where the field allows it.") var decide:
    LocalNode.MergeDecision?

  func run() throws {
    let node = try common.open()
    let printer = Printer(options: common)
    var progress: (path: String, line: Progress)?
    let report = try node.merge(
      sources, decide: decide, operatorName: common.operatorText,
      progressed: { path, done, total in
        if progress?.path != path { progress = (path, Progress(printer, label: path, unit: .bytes)) }
        progress?.line.show(done: done, of: total)
      }
    ) { source in
      progress?.line.end()
      let reason = source.error.map { ErrorReport($0, words: printer.words).message } ?? ""
      printer.note(SafeText.line("\(source.path): \(source.applied)/\(source.changes) \(reason)"))
    }
    if common.json {
      printer.json(
        .object([
          (
            "sources",
            .array(
              report.sources.map { source in
                .object([
                  ("path", .string(source.path)), ("changes", .count(source.changes)),
                  ("applied", .count(source.applied)),
                  ("already", .count(source.already)), ("rejected", .count(source.rejected)),
                  ("reason", .optional(source.error.map { ErrorReport($0, words: printer.words).code })),
                ])
              })
          ),
          ("records_new", .count(report.recordsNew)), ("records_changed", .count(report.recordsChanged)),
          ("conflicts_open", .count(report.conflictsOpen)),
          ("conflicts_decided", .count(report.conflictsDecided)),
          ("duplicates_suspected", .count(report.duplicatesSuspected)),
        ]))
    } else {
      printer.data(
        printer.words(
          "新记录 \(report.recordsNew)，有变动 \(report.recordsChanged)，已裁定 \(report.conflictsDecided)，待裁定 \(report.conflictsOpen)",
          "\(report.recordsNew) new records, \(report.recordsChanged) changed, \(report.conflictsDecided) conflicts decided, \(report.conflictsOpen) open"
        ))
      DuplicateOutput.note(report.duplicatesSuspected, printer)
    }
    // A file that is not there is a mistake of the command line's; what was left out of the others is a finding.
    for case NodeError.noFile(let path)? in report.sources.map(\.error) { throw NodeError.noFile(path: path) }
    if report.sources.contains(where: { $0.error != nil || $0.rejected > 0 }) { throw ExitCode(1) }
  }
}
