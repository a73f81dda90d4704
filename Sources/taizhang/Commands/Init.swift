import ArgumentParser
import Ledger
import Node
import Store

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: .words(
      "新建台账库和本机的密钥。",
      "Make a new store and node key."),
    discussion: .examples("taizhang init --division 540100 --name 拉萨市市场监管局 --store ~/taizhang"))

  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Option(help: .words("本单位的行政区划：代码或名称。", "The office's division: code or name.", .division)) var division:
    String
  @Option(help: .words("本单位的名称。", "The office's name.", .name)) var name: String
  @Flag(help: .words("本机是中心节点：同时生成根证书。", "This is the region: make its certificate authority too."))
  var region = false

  @Option(
    help: .words(
      "另一项活动的方案文件（未给出则用程序自带的方案）。", "Another campaign's pack (else the one that comes with the program).",
      .file)) var plan: String?

  func run() throws {
    let node = try LocalNode.create(
      folder: try common.storePath, division: division, name: name, isRegion: region, plan: plan)
    let printer = Printer(options: common)
    if common.json {
      printer.json(
        .object([
          ("node", .string(node.facts.node.description)),
          ("division", .string(node.facts.division.description)),
          ("name", .string(node.facts.name)), ("region", .bool(region)),
        ]))
    } else {
      printer.data(
        printer.words(
          "已建库：\(node.store.folder)（节点 \(node.facts.node.description.prefix(12))）",
          "Store made in \(node.store.folder) (node \(node.facts.node.description.prefix(12)))"))
    }
    if let text = VerifyWords.formerKeys(node.formerKeys, printer.words) { printer.note(text) }
  }
}
