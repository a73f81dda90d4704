import ArgumentParser
import Ledger
import Node
import Store

/// Another place for an office, which keeps its store.
struct AssignOffice: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assign",
    abstract: .words(
      "改变单位的行政区划或名称，或授权它办理入网；它的台账库和密钥不变。",
      "Give an office another division, name or the right to enrol; it keeps its store and key."),
    discussion: .examples(
      "taizhang office assign 城关区局 --division 540100 --may-enrol",
      note: .words(
        "它下次同步时换上新证书。原有的范围仍然有效；要缩小范围，请吊销它，再邀请新建的台账库。",
        "It takes the new certificate up when it next syncs. What it covered before it covers still: to have it cover less, revoke it and invite a new store."
      )))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Argument(help: .words("单位名称，或节点编号的前几位。", "The office's name, or a node-id prefix.", .office)) var office:
    String
  @Option(help: .words("今后的行政区划：代码或名称。", "Its division from now on: code or name.", .division)) var division:
    String?
  @Option(help: .words("今后的名称。", "Its name from now on.", .name)) var name: String?
  @Flag(help: .words("授权它为自己范围内的单位办理入网。", "It may itself enrol offices inside its scope.")) var mayEnrol =
    false

  func run() throws {
    let node = try common.open()
    let (assigned, isNew) = try node.assign(
      office, LocalNode.Assignment(division: division, name: name, mayEnrol: mayEnrol))
    let printer = Printer(options: common)
    guard let row = try node.store.read({ try $0.office(assigned) }) else { return }
    if common.json {
      printer.json(
        .object([
          ("node", .string(assigned.description)), ("name", .string(row.name)),
          ("division", .string(row.division.description)),
        ]))
    } else {
      printer.data(
        SafeText.line(
          isNew
            ? printer.words(
              "\(row.name)（\(row.division)）下次同步时换上新证书",
              "\(row.name) (\(row.division)) takes its new certificate up when it next syncs")
            : printer.words(
              "\(row.name)（\(row.division)）已是这样，没有改动",
              "\(row.name) (\(row.division)) is that already; nothing changed")))
    }
  }
}

/// Lifting a revocation.
struct ReinstateOffice: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reinstate",
    abstract: .words(
      "撤回吊销：该单位可以再录入和同步，其间录入的也计入。",
      "Lift a revocation: the office may write and sync again, and what it wrote meanwhile counts."),
    discussion: .examples("taizhang office reinstate 3fa2c1"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Argument(help: .words("单位名称，或节点编号的前几位。", "The office's name, or a node-id prefix.", .office)) var office:
    String

  func run() throws {
    let node = try common.open()
    let reinstated = try node.reinstate(office)
    let printer = Printer(options: common)
    let isRevoked = try node.store.read { try $0.office(reinstated)?.isRevoked } ?? false
    if common.json {
      printer.json(.object([("node", .string(reinstated.description)), ("revoked", .bool(isRevoked))]))
    } else {
      let id = reinstated.description.prefix(12)
      printer.data(
        isRevoked
          ? printer.words("已撤回本单位的吊销；\(id) 仍被别的单位吊销", "lifted; \(id) is still revoked by another office")
          : printer.words("已恢复 \(id)", "reinstated \(id)"))
    }
  }
}
