import ArgumentParser
import Campaign
import Node
import Store

struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: .words(
      "活动方案：查看、导入、导出。",
      "The campaign pack: show, import, export."), discussion: .examples("taizhang plan show"),
    subcommands: [ShowPlan.self, ImportPlan.self, ExportPlan.self], defaultSubcommand: ShowPlan.self)

  struct ShowPlan: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: .words(
        "查看现行方案。",
        "Show the campaign pack in force."),
      discussion: .examples("taizhang plan show"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions

    func run() throws {
      let pack = try common.openStore().read { try $0.pack() }
      PlanOutput(pack: pack, printer: Printer(options: common)).print()
    }
  }

  struct ImportPlan: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: .words(
        "导入方案使之生效，各单位同步时得到；由中心节点办理。",
        "Put a campaign pack in force; offices get it when they sync. The region's to do."),
      discussion: .examples("taizhang plan import 质量月2026.yaml"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @Argument(
      help: .words("方案文件（YAML）；版本号自动递增。", "The pack, as YAML; its version is counted on by itself.", .file))
    var file: String

    func run() throws {
      let node = try common.open()
      let former = try node.store.read { try $0.pack() }
      let pack = try node.importPlan(file)
      let printer = Printer(options: common)
      guard !common.json else { return PlanOutput(pack: pack, printer: printer).print() }
      let version = pack.info.version
      printer.data(
        pack == former
          ? printer.words(
            "与现行方案第 \(version) 版相同，没有改动", "the same as version \(version) in force; nothing changed")
          : printer.words(
            "方案第 \(version) 版已生效，各单位下次同步时得到",
            "version \(version) is in force; offices get it when they next sync"))
      for office in try node.officesPlacedLower() {
        printer.note(
          printer.words(
            "\(office.name)的区划在新方案中降了级；它保留现有层级，要改请运行 taizhang office assign \(office.name) --division \(office.division)",
            "the pack puts the division of \(office.name) lower; the office keeps its place until `taizhang office assign \(office.name) --division \(office.division)`"
          ))
      }
    }
  }

  struct ExportPlan: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: .words(
        "把现行方案导出为 YAML。",
        "Write the campaign pack in force as YAML."),
      discussion: .examples("taizhang plan export -o 质量月.yaml"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @Option(
      name: .shortAndLong,
      help: .words("写入的文件（未给出则为标准输出）。", "The file to write (else standard output).", .file)) var output:
      String?

    func run() throws {
      let node = try common.openToRead()
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
