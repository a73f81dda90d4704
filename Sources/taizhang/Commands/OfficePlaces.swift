import ArgumentParser
import Ledger
import Node
import Store

/// Another place for an office, which keeps its store.
struct AssignOffice: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assign",
    abstract: "Give an office another division, name or the right to enrol; it keeps its store and key.",
    discussion: """
      It takes the new certificate up when it next syncs. What it covered before it covers still: to have it cover \
      less, revoke it and invite a new store.
      Example: taizhang office assign 城关区局 --division 540100 --may-enrol
      """)
  @OptionGroup var common: CommonOptions
  @Argument(help: "The office's name, or a node-id prefix.") var office: String
  @Option(help: "Its division from now on: code or name.") var division: String?
  @Option(help: "Its name from now on.") var name: String?
  @Flag(help: "It may itself enrol offices inside its scope.") var mayEnrol = false

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
    abstract: "Lift a revocation: the office may write and sync again, and what it wrote meanwhile counts.",
    discussion: "Example: taizhang office reinstate 3fa2c1")
  @OptionGroup var common: CommonOptions
  @Argument(help: "The office's name, or a node-id prefix.") var office: String

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
