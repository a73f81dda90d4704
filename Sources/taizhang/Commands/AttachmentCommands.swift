import ArgumentParser
import Foundation
import Ledger
import Node
import Store

struct Attach: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach",
    abstract: .words(
      "给记录附上照片、扫描件。",
      "Attach photos and scans to a record."),
    discussion: .examples(
      "taizhang attach 0198f3 现场.jpg 签到表.pdf",
      "taizhang attach 0198f3 IMG_0042.jpg --name 检查现场.jpg",
      note: .words(
        "同一内容不论附几次，只存一份；同步时先送记录，后送附件。每个文件不超过 32 MiB，方案可另定更小的上限。",
        "Each is kept once, however often it is attached, and goes to other offices after the records. At most 32 MiB each, or what the plan allows."
      )))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup var record: RecordArgument
  @Argument(help: .words("要附上的文件。", "The files to attach.", .file), completion: .file()) var files: [String]
  @Option(help: .words("在记录里用的名称；只用于一个文件。", "What the one file is called in the record.", .name)) var name:
    String?

  func run() throws {
    guard !files.isEmpty else { throw UsageError(chinese: "没有给出文件。", english: "No file is named.") }
    guard name == nil || files.count == 1 else {
      throw UsageError(chinese: "--name 只用于一个文件。", english: "--name is for one file alone.")
    }
    let node = try common.open()
    let outcome = try node.attach(record.id, files: files, name: name, operatorName: common.operatorText)
    let output = AttachmentOutput(common)
    for view in outcome.attached { output.print(view) }
    for (wanted, name) in outcome.renamed {
      Printer(options: common).note(
        SafeText.line(
          common.words(
            "“\(wanted)”在记录里作“\(name)”：附件名只是名称，不含目录和看不见的字符，且不超过 255 字节。",
            "\"\(wanted)\" is called \"\(name)\" in the record: a name holds no folder and no invisible signs, and takes at most 255 bytes."
          )))
    }
    // Several files are told one by one, and the others are attached all the same.
    var account = FailureAccount(of: files.count)
    for failure in outcome.failures {
      account.note(ErrorReport(failure.error, words: common.words), about: failure.path, common.words)
    }
    try account.close(json: common.json)
  }
}

struct AttachmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attachment",
    abstract: .words(
      "记录的附件：列出、取出、取下、抹除、抹除名称。",
      "A record's photos and scans: list, get, remove, erase, redact a name."),
    discussion: .examples("taizhang attachment list 0198f3"),
    subcommands: [ListAttachments.self, Get.self, Remove.self, Erase.self, RedactName.self])

  struct ListAttachments: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: .words(
        "列出记录的附件：是否在本机，还存于或可能在哪个单位。",
        "What a record has, whether it is here, and where else it was seen or may be."),
      discussion: .examples("taizhang attachment list 0198f3 --json"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @OptionGroup var record: RecordArgument
    @Flag(help: .words("也列出已取下、可能还存着的。", "Also what was taken off and may still be kept.")) var removed =
      false

    func run() throws {
      let node = try common.openToRead()
      let output = AttachmentOutput(common)
      try node.store.read { snapshot in
        let view = try snapshot.record(prefix: record.id)
        let former = try removed ? snapshot.formerAttachments(of: view) : []
        let whereabouts = try AttachmentWhereabouts(of: node, snapshot)
        output.print(
          try (snapshot.attachments(of: view) + former).map {
            (
              view: $0, holders: try whereabouts.holders(of: $0),
              known: try whereabouts.knownHolders(of: $0, in: view.space)
            )
          })
      }
    }
  }

  struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "get",
      abstract: .words(
        "取出一个附件，写入文件。",
        "Write one into a file."),
      discussion: .examples(
        "taizhang attachment get 0198f3 现场.jpg -o 现场.jpg",
        note: .words(
          "不论附件叫什么名称，只写入 -o 指明的文件。",
          "Nothing is written anywhere but into the file that -o names, whatever the attachment is called.")))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @OptionGroup var attachment: AttachmentArguments
    @Option(
      name: [.customShort("o"), .long], help: .words("写入的文件。", "The file to write.", .file),
      completion: .file()) var output: String

    func run() throws {
      let node = try common.openToRead()
      let (view, bytes) = try node.attachmentContent(attachment.id, name: attachment.name)
      let replaces = FileManager.default.fileExists(atPath: output)
      try OutputFile.write(bytes, to: output)
      let (name, size) = (view.attachment.name, AttachmentOutput.size(bytes.count))
      AttachmentOutput(common).print(
        view,
        saying: replaces
          ? common.words(
            "已取出 \(name)（\(size)），替换了原有的 \(output)", "\(name) (\(size)) has replaced what was in \(output)")
          : common.words("已取出 \(name)（\(size)），写入 \(output)", "\(name) (\(size)) is in \(output)"))
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: .words(
        "从记录上取下一个附件；已传到别处的内容不抹除。",
        "Take one off a record; what came of it elsewhere is not erased."),
      discussion: .examples("taizhang attachment remove 0198f3 现场.jpg"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @OptionGroup var attachment: AttachmentArguments

    func run() throws {
      let view = try common.open().detach(
        attachment.id, name: attachment.name, operatorName: common.operatorText)
      let name = view.attachment.name
      AttachmentOutput(common).print(
        view, saying: common.words("已从记录上取下 \(name)", "\(name) is taken off the record"))
    }
  }

  struct Erase: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "erase",
      abstract: .words(
        "永久抹除一个附件的内容：限本单位所辖区划，各单位得知后即删除；记录上仍写明曾有此附件（限中心节点）。",
        "Erase one's content for good, in the divisions that this office covers, at each office as it hears of it; the record still says that it was there (region only)."
      ),
      discussion: .examples(
        "taizhang attachment erase 0198f3 身份证.jpg --reason 含个人信息",
        note: .words(
          "记录曾用此名、后来取下的内容也一并抹除；所辖区划内其他记录中的同一内容同样抹除。",
          "What the record had by that name and has no more goes as well, and so does the same content in other records of these divisions."
        )))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @OptionGroup var attachment: AttachmentArguments
    @Option(help: .words("理由；各单位都能看到。", "Why; every office reads it.", .reason)) var reason: String
    @OptionGroup var confirmation: Confirmation

    func run() throws {
      let question = common.words(
        "将在本单位所辖区划永久抹除附件“\(attachment.name)”的内容，各单位得知后即删除，不能撤回。",
        "This erases what the attachment \"\(attachment.name)\" holds for good, in the divisions that this office covers, at each office as it hears of it."
      )
      let node = try common.open()
      try node.requireErasable(attachment.id, name: attachment.name)
      try confirmation.ask(for: question, common)
      let erased = try node.eraseAttachment(
        attachment.id, name: attachment.name, reason: reason, operatorName: common.operatorText)
      for view in erased.views { AttachmentOutput(common).print(view) }
      let printer = Printer(options: common)
      defer { tellLeft(erased.left, printer) }
      guard !erased.others.isEmpty else {
        if !erased.left.isEmpty { throw ExitCode(1) }
        return
      }
      let ids = erased.others.map(\.description).joined(separator: " ")
      printer.note(
        printer.words(
          "同一内容也从另外 \(erased.others.count) 条记录中抹除：\(ids)",
          "The same content is erased in \(Words.counted(erased.others.count, "other record")) too: \(ids)"))
      if !erased.left.isEmpty { throw ExitCode(1) }
    }

    /// Which files still lie here.
    private func tellLeft(_ left: [Hash256], _ printer: Printer) {
      guard !left.isEmpty else { return }
      let names = left.map { String($0.description.prefix(12)) }.joined(separator: " ")
      printer.note(
        printer.words(
          "已抹除，但本机的文件删不掉，仍在 attachments 目录里：\(names)。查明原因后运行 taizhang doctor --repair。",
          "It is erased, but files could not be removed here and still lie in the folder attachments: \(names). See why, then run `taizhang doctor --repair`."
        ))
    }
  }

  struct RedactName: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "redact",
      abstract: .words(
        "在所有单位永久抹除一个附件的名称；内容保留，另用新名（限中心节点）。",
        "Erase what one is called, for good, at every office; the content stays, by another name (region only)."
      ),
      discussion: .examples("taizhang attachment redact 0198f3 张三身份证.jpg --to 身份证.jpg --reason 文件名含姓名"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @Argument(help: .words("记录编号，或其前几位。", "The record's id, or the first digits of it.", .id)) var id: String
    @Argument(help: .words("附件的名称。", "The attachment's name.", .name)) var name: String
    @Option(help: .words("今后用的名称。", "What it is called from here on.", .name)) var to: String
    @Option(
      help: .words("理由，各单位都能看到，不要写个人信息。", "Why; without personal data, for all offices can read it.", .reason)
    )
    var reason: String
    @OptionGroup var confirmation: Confirmation

    func run() throws {
      let question = common.words(
        "将永久抹除附件名称“\(name)”，各单位得知后即抹去，不能撤回。",
        "This erases the attachment's name \"\(name)\" for good, at each office as it hears of it.")
      let node = try common.open()
      try node.requireNameRedactable(id, name: name, to: to, reason: reason)
      try confirmation.ask(for: question, common)
      let (views, isScrubbed) = try node.redactAttachmentName(
        id, name: name, to: to, reason: reason, operatorName: common.operatorText)
      for view in views { AttachmentOutput(common).print(view) }
      if !isScrubbed { Redact.tellUnscrubbed(common) }
    }
  }
}

/// One attachment of a record.
struct AttachmentArguments: ParsableArguments {
  @Argument(help: .words("记录编号，或其前几位（至少 4 位）。", "The record's id, or 4 or more of its first digits.", .id))
  var id: String
  @Argument(
    help: .words(
      "附件的名称，或其 SHA-256 的前几位（至少 4 位）。", "The attachment's name, or 4 or more digits of its SHA-256.", .name))
  var name: String
}
