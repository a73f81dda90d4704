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

/// A campaign pack in JSON and on a terminal.
struct PlanOutput {
  let pack: Pack
  let printer: Printer

  func print() {
    let language = printer.words.labels
    if printer.options.json {
      printer.json(
        .object([
          ("lineage", .string(pack.info.lineage)), ("version", .count(pack.info.version)),
          ("title", .optional(pack.info.title.text(in: language))),
          (
            "period",
            .object([
              ("from", .string(pack.info.period.from.description)),
              ("to", .string(pack.info.period.to.description)),
            ])
          ),
          ("deadline", .optional(pack.info.submissionDeadline?.description)),
          (
            "items",
            .array(
              pack.items.map {
                .object([("code", .string($0.code)), ("label", .optional($0.label.text(in: language)))])
              })
          ),
          (
            "kinds",
            .array(
              pack.kinds.map { kind in
                .object([
                  ("code", .string(kind.code)), ("label", .optional(kind.label.text(in: language))),
                  (
                    "fields",
                    .array(
                      kind.fields.map {
                        .object([
                          ("code", .string($0.code)), ("label", .optional($0.label.text(in: language))),
                          ("required", .bool($0.isRequired)),
                        ])
                      })
                  ),
                ])
              })
          ),
        ]))
      return
    }
    printer.data("\(pack.info.title.text(in: language) ?? pack.info.lineage)  v\(pack.info.version)")
    printer.data("\(pack.info.period.from) – \(pack.info.period.to)")
    for item in pack.items { printer.data("  \(item.code)  \(item.label.text(in: language) ?? "")") }
    for kind in pack.kinds {
      printer.data("\(kind.code)  \(kind.label.text(in: language) ?? "")")
      for field in kind.fields {
        printer.data(
          "    \(field.code)  \(field.label.text(in: language) ?? "")\(field.isRequired ? " *" : "")")
      }
    }
  }
}
