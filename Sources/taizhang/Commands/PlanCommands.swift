import ArgumentParser
import Campaign
import Node
import Store

struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "The campaign pack.", discussion: "Example: taizhang plan show",
    subcommands: [ShowPlan.self, ImportPlan.self, ExportPlan.self], defaultSubcommand: ShowPlan.self)

  struct ShowPlan: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Show the campaign pack in force.",
      discussion: "Example: taizhang plan show")
    @OptionGroup var common: CommonOptions

    func run() throws {
      let pack = try common.openStore().read { try $0.pack() }
      PlanOutput(pack: pack, printer: Printer(options: common)).print()
    }
  }

  struct ImportPlan: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: "Put a campaign pack in force; offices get it when they sync. The region's to do.",
      discussion: "Example: taizhang plan import 质量月2026.yaml")
    @OptionGroup var common: CommonOptions
    @Argument(help: "The pack, as YAML; its version is counted on by itself.") var file: String

    func run() throws {
      let pack = try common.open().importPlan(file)
      PlanOutput(pack: pack, printer: Printer(options: common)).print()
    }
  }

  struct ExportPlan: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export", abstract: "Write the campaign pack in force as YAML.",
      discussion: "Example: taizhang plan export -o 质量月.yaml")
    @OptionGroup var common: CommonOptions
    @Option(name: .shortAndLong, help: "The file (else standard output).") var output: String?

    func run() throws {
      let node = try common.open()
      let text = try node.planText()
      guard let output else {
        if !common.json { return StandardOutput.write(text) }
        return PlanOutput(
          pack: try node.store.read { try $0.pack() }, printer: Printer(options: common)
        ).print()
      }
      try OutputFile.write(text, to: output)
      let printer = Printer(options: common)
      let pack = try node.store.read { try $0.pack() }
      if common.json { return PlanOutput(pack: pack, printer: printer).print() }
      printer.data(
        printer.words(
          "已导出方案第 \(pack.info.version) 版到 \(output)", "exported version \(pack.info.version) to \(output)"))
    }
  }
}
