import ArgumentParser
import Foundation
import Ledger
import Node
import Store

struct BundleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: .words(
      "用 U 盘传递的密封数据包。",
      "Sealed files for a USB stick."),
    discussion: .examples("taizhang bundle create -o /media/usb/拉萨.tzb"),
    subcommands: [Create.self, Inspect.self])

  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "create",
      abstract: .words(
        "制作一个数据包。",
        "Write a bundle."),
      discussion: .examples(
        "taizhang bundle create --since-last -o /media/usb/拉萨.tzb",
        "taizhang bundle create --attachments -o /media/usb/拉萨.tzb"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @Option(
      name: .customLong("for"),
      help: .words(
        "收件单位：单位名称，或节点编号的前几位（未给出则为发证单位）。",
        "The recipient: an office's name or a node-id prefix (else the enroller).", .office)) var recipient:
      String?
    @Flag(help: .words("只含收件单位尚未签收的变更。", "Only what the recipient has not signed for.")) var sinceLast = false
    @Flag(
      help: .words(
        "连同本机的附件（与 --since-last 同用时，略去已知收件单位持有的）。",
        "The photos and scans too that are here (with --since-last: but for those that the recipient is known to have)."
      ))
    var attachments = false
    @Option(name: .shortAndLong, help: .words("写入的文件。", "The file to write.", .file)) var output: String

    func run() throws {
      let node = try common.open()
      let made = try node.makeBundle(
        for: recipient, sinceLast: sinceLast, attachments: attachments, to: output)
      BundleOutput(common: common).print(made.manifest, bytes: made.bytes, file: output)
      let printer = Printer(options: common)
      if made.isWholeUnasked {
        printer.note(
          printer.words(
            "收件单位的签收反复回退，像是有几份台账库在用（副本，或一再从备份恢复）：本包装入它可看的全部变更。请它只留一份台账库在用。",
            "What the recipient has signed for was taken back again and again, as where several stores of it are in use (copies, or one that is restored time and again): this bundle carries all that it may read. Have it keep one store in use."
          ))
      }
      guard made.attachmentsUnread > 0 else { return }
      printer.note(
        printer.words(
          "有 \(made.attachmentsUnread) 个附件的文件丢失、损坏或读不出来，没有装入：运行 taizhang doctor --repair，再同步取回。",
          "\(made.attachmentsUnread) attachments were left out, for their files are lost, damaged or cannot be read: run `taizhang doctor --repair`, then sync."
        ))
      try StandardOutput.flush()
      throw ExitCode(1)
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "inspect",
      abstract: .words(
        "查看数据包的说明：谁制作、给谁、多少变更和附件；并核对签名和内容是否完好。",
        "What a bundle says of itself (who made it, for whom, how many changes and attachments), and whether it is whole and as it was signed."
      ),
      discussion: .examples("taizhang bundle inspect /media/usb/拉萨.tzb"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @Argument(help: .words("数据包文件。", "The bundle.", .file)) var file: String

    func run() throws {
      let bundle = try LocalNode.inspectBundle(file)
      let size = (try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? Int
      BundleOutput(common: common).print(bundle, bytes: size ?? 0, file: file)
      if let drift = bundle.drift(at: Surroundings.system.now()),
        let text = ClockWords.text(
          ClockDrift(milliseconds: drift, isLeast: true), to: bundle.manifest.makerName, common.words)
      {
        Printer(options: common).note(SafeText.line(text))
      }
      if let fault = bundle.fault { throw fault }
    }
  }
}

struct BundleOutput {
  let common: CommonOptions

  /// One that was made here.
  func print(_ manifest: BundleManifest, bytes: Int, file: String) {
    print(
      LocalNode.InspectedBundle(manifest: manifest, isSigned: true, isWhole: true), bytes: bytes, file: file)
  }

  func print(_ bundle: LocalNode.InspectedBundle, bytes: Int, file: String) {
    let printer = Printer(options: common)
    let manifest = bundle.manifest
    if !bundle.isSigned {
      printer.note(
        printer.words(
          "签名不符：以下只是数据包自称的内容。",
          "The signature does not hold: this is only what the file says of itself."))
    } else if !bundle.isWhole {
      printer.note(
        printer.words(
          "内容与签名时的不符：比制作时少了、多了，或改动过。",
          "The content is not what was signed: something is missing, was added or changed since."))
    }
    if common.json {
      printer.json(
        .object([
          ("file", .string(file)), ("changes", .count(manifest.changes)), ("bytes", .count(bytes)),
          ("for", .string(manifest.recipientName)), ("from", .string(manifest.makerName)),
          ("made_at", .string(Timestamp.text(manifest.madeAt))), ("signed", .bool(bundle.isSigned)),
          ("whole", .bool(bundle.isWhole)),
          ("attachments", .count(manifest.attachments)),
        ]))
    } else {
      let count = manifest.attachments
      let made = LocalTime.minute(manifest.madeAt)
      let carried =
        count > 0 ? printer.words("附件 \(count)，", "\(Words.counted(count, "attachment")), ") : ""
      printer.data(
        SafeText.line(
          printer.words(
            "\(file)：\(manifest.makerName) → \(manifest.recipientName)，制作于 \(made)，变更 \(manifest.changes)，\(carried)\(bytes) 字节",
            "\(file): \(manifest.makerName) → \(manifest.recipientName), made at \(made), \(Words.counted(manifest.changes, "change")), \(carried)\(bytes) bytes"
          )))
    }
  }
}
