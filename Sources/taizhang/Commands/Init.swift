import ArgumentParser
import Ledger
import Node
import Store

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a new store and node key.",
    discussion: "Example: taizhang init --division 540100 --name 拉萨市市场监管局 --store ~/taizhang")

  @OptionGroup var common: CommonOptions
  @Option(help: "The office's division: code or name.") var division: String
  @Option(help: "The office's name.") var name: String
  @Flag(help: "This is the region: make its certificate authority too.") var region = false

  @Option(help: "Another campaign's pack (else the one that comes with the program).") var plan: String?

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
  }
}
