import ArgumentParser
import Foundation
import Ledger
import Node
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
