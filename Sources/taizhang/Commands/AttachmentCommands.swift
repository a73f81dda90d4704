import ArgumentParser
import Foundation
import Ledger
import Node
import Store

struct Attach: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach",
    abstract: "Attach photos and scans to a record.",
    discussion: """
      Each is kept once, however often it is attached, and goes to other offices after the records. At most 32 MiB each,
      or what the plan allows.

      Example: taizhang attach 0198f3 现场.jpg 签到表.pdf
      Example: taizhang attach 0198f3 IMG_0042.jpg --name 检查现场.jpg
      """)
  @OptionGroup var common: CommonOptions
  @OptionGroup var record: RecordArgument
  @Argument(help: "Files.", completion: .file()) var files: [String]
  @Option(help: "What the one file is called in the record.") var name: String?

  func run() throws {
    guard !files.isEmpty else { throw UsageError(chinese: "没有给出文件。", english: "No file is named.") }
    guard name == nil || files.count == 1 else {
      throw UsageError(chinese: "--name 只用于一个文件。", english: "--name is for one file alone.")
    }
    let node = try common.open()
    let outcome = try node.attach(record.id, files: files, name: name, operatorName: common.operatorText)
    let output = AttachmentOutput(common)
    for view in outcome.attached { output.print(view) }
    // Several files are told one by one, and the others are attached all the same.
    guard let first = outcome.failures.first else { return }
    if files.count == 1 { throw first.error }
    try StandardOutput.flush()
    for failure in outcome.failures {
      ErrorReport(failure.error, words: common.words).print(json: common.json)
    }
    throw ExitCode(ErrorReport(first.error, words: common.words).exitCode)
  }
}

struct AttachmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attachment",
    abstract: "A record's photos and scans: what there is, and getting one out.",
    discussion: "Example: taizhang attachment list 0198f3",
    subcommands: [ListAttachments.self, Get.self, Remove.self, Erase.self, RedactName.self])

  struct ListAttachments: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "What a record has, whether it is here, and else who may have it.",
      discussion: "Example: taizhang attachment list 0198f3 --json")
    @OptionGroup var common: CommonOptions
    @OptionGroup var record: RecordArgument
    @Flag(help: "Also what was taken off and may still be kept.") var removed = false

    func run() throws {
      let node = try common.open()
      let output = AttachmentOutput(common)
      try node.store.read { snapshot in
        let view = try snapshot.record(prefix: record.id)
        let former = try removed ? snapshot.formerAttachments(of: view) : []
        for attached in try snapshot.attachments(of: view) + former {
          output.print(
            attached, holders: try node.holders(of: attached, snapshot),
            known: try node.knownHolders(of: attached, in: view.space, snapshot))
        }
      }
    }
  }

  struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "get", abstract: "Write one into a file.",
      discussion: """
        Nothing is written anywhere but into the file that -o names, whatever the attachment is called.

        Example: taizhang attachment get 0198f3 现场.jpg -o 现场.jpg
        """)
    @OptionGroup var common: CommonOptions
    @OptionGroup var attachment: AttachmentArguments
    @Option(name: [.customShort("o"), .long], help: "The file to write.", completion: .file()) var output:
      String

    func run() throws {
      let node = try common.open()
      let (view, bytes) = try node.attachmentContent(attachment.id, name: attachment.name)
      try OutputFile.write(bytes, to: output)
      AttachmentOutput(common).print(view)
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove", abstract: "Take one off a record; what came of it elsewhere is not erased.",
      discussion: "Example: taizhang attachment remove 0198f3 现场.jpg")
    @OptionGroup var common: CommonOptions
    @OptionGroup var attachment: AttachmentArguments

    func run() throws {
      let view = try common.open().detach(
        attachment.id, name: attachment.name, operatorName: common.operatorText)
      AttachmentOutput(common).print(view)
    }
  }

  struct Erase: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "erase",
      abstract:
        "Erase one's content everywhere, for good; the record still says that it was there (region only).",
      discussion: """
        What the record had by that name and has no more goes as well, and so does the same content in any other record.

        Example: taizhang attachment erase 0198f3 身份证.jpg --reason 含个人信息
        """)
    @OptionGroup var common: CommonOptions
    @OptionGroup var attachment: AttachmentArguments
    @Option(help: "Why; every office reads it.") var reason: String

    func run() throws {
      let erased = try common.open().eraseAttachment(
        attachment.id, name: attachment.name, reason: reason, operatorName: common.operatorText)
      for view in erased.views { AttachmentOutput(common).print(view) }
      guard !erased.others.isEmpty else { return }
      let printer = Printer(options: common)
      let ids = erased.others.map(\.description).joined(separator: " ")
      printer.note(
        printer.words(
          "同一内容也从另外 \(erased.others.count) 条记录中清除：\(ids)",
          "The same content is erased in \(erased.others.count) other records too: \(ids)"))
    }
  }

  struct RedactName: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "redact",
      abstract:
        "Erase what one is called, for good, at every office; the content stays, by another name (region only).",
      discussion: "Example: taizhang attachment redact 0198f3 张三身份证.jpg --to 身份证.jpg --reason 文件名含姓名")
    @OptionGroup var common: CommonOptions
    @Argument(help: "The record's id, or the first digits of it.") var id: String
    @Argument(help: "The attachment's name.") var name: String
    @Option(help: "What it is called from here on.") var to: String
    @Option(help: "Why; without personal data, for all offices can read it.") var reason: String

    func run() throws {
      let (views, isScrubbed) = try common.open().redactAttachmentName(
        id, name: name, to: to, reason: reason, operatorName: common.operatorText)
      for view in views { AttachmentOutput(common).print(view) }
      if !isScrubbed { Redact.tellUnscrubbed(common) }
    }
  }
}

/// One attachment of a record.
struct AttachmentArguments: ParsableArguments {
  @Argument(help: "The record's id, or the first digits of it.") var id: String
  @Argument(help: "The attachment's name, or 4 or more digits of its SHA-256.") var name: String
}
