import ArgumentParser
import Campaign
import Foundation
import Ledger
import Node
import Reports
import Store

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: .words(
      "报告：文本、CSV、JSON，或可打印的 HTML 网页。",
      "Reports, as text, CSV, JSON or an HTML page to print."),
    discussion: .examples("taizhang report summary --format html -o 总结.html"),
    subcommands: [
      SummaryCommand.self, SubmissionsCommand.self, CasesCommand.self, PenaltiesCommand.self,
      ComplianceCommand.self,
    ])

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, csv, html, json }

  struct SummaryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "summary",
      abstract: .words(
        "活动开展情况汇总：按行政区划、计划条目、类别和日期。",
        "Counts and sums by division, plan item, kind and day."),
      discussion: .examples("taizhang report summary --from 2025-09-01 --to 2025-09-30"))
    @OptionGroup var options: ReportOptions

    func run() throws {
      try options.write(options.common.openToRead()) { context in
        SummaryOutput(context, try SummaryReport(context.snapshot, context.scope))
      }
    }
  }

  struct SubmissionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "submissions",
      abstract: .words(
        "总结和典型案例的报送情况：哪些单位已报、何时报、是否逾期。",
        "Who has handed in summary and typical cases, and when, against the deadline."),
      discussion: .examples("taizhang report submissions --format csv -o 报送.csv"))
    @OptionGroup var options: ReportOptions

    func run() throws {
      let node = try options.common.openToRead()
      // A read of its own, before the report's.
      let unsent = node.facts.isRegion ? nil : try node.status(division: nil).unsent
      try options.write(node) { context in
        SubmissionsOutput(
          context, try SubmissionsReport(context.snapshot, context.scope, ownUnsent: unsent))
      }
    }
  }

  struct CasesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "cases",
      abstract: .words(
        "典型案例全文，推荐的在前。",
        "The typical cases in full, recommended ones first."),
      discussion: .examples("taizhang report cases --format html -o 案例.html"))
    @OptionGroup var options: ReportOptions

    func run() throws {
      try options.write(options.common.openToRead()) { context in
        try CasesOutput(context, try CasesReport(context.snapshot, context.scope))
      }
    }
  }

  struct PenaltiesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "penalties",
      abstract: .words(
        "供公示的涉企行政处罚决定和不合格的监督检查。",
        "Decisions against enterprises and inspections that they failed, for publication."),
      discussion: .examples("taizhang report penalties --format csv -o 公示.csv"))
    @OptionGroup var options: ReportOptions

    func run() throws {
      try options.write(options.common.openToRead()) { context in
        PenaltiesOutput(context, try PenaltiesReport(context.snapshot, context.scope))
      }
    }
  }

  struct ComplianceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "compliance",
      abstract: .words(
        "自愿与收费核查：收费的或非自愿的记录。",
        "Records with a fee, or that were not voluntary."),
      discussion: .examples("taizhang report compliance --division 540100"))
    @OptionGroup var options: ReportOptions

    func run() throws {
      try options.write(options.common.openToRead()) { context in
        try ComplianceOutput(context, try ComplianceReport(context.snapshot, context.scope))
      }
    }
  }
}

/// What every report understands.
struct ReportOptions: ParsableArguments {
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Option(
    help: .words(
      "报告此行政区划及其下级（未给出则为本单位的）。", "The division to report on, with all below it (else the office's own).",
      .division))
  var division: String?
  @Option(help: .words("自此日起（未给出则为全部日期）。", "From this day on (else all days).", .day)) var from: String?
  @Option(help: .words("至此日止，含当日。", "Until this day, included.", .day)) var to: String?
  @Option(
    help: .words("格式（未给出则为 text，加 --json 则为 json）。", "The format (else text; json with --json).", .format))
  var format: Report.Format?
  @Option(
    name: .shortAndLong, help: .words("写入的文件（未给出则为标准输出）。", "The file to write (else standard output).", .file)
  ) var output: String?

  /// Makes a report of one moment of the store and writes it in the wanted format.
  func write(_ node: LocalNode, _ make: (ReportContext) throws -> any ReportOutput) throws {
    let words = common.words
    let text = try node.store.read { snapshot in
      let pack = try snapshot.pack()
      let period = try LocalNode.period(from: day(from, "--from", pack), to: day(to, "--to", pack))
      let scope = ReportScope(
        division: try node.reportDivision(division, pack), from: period.from, to: period.to,
        leavingOut: try snapshot.leftOutForLinks(), at: node.surroundings.now())
      let context = try ReportContext(snapshot, scope, words)
      let report = try make(context)
      return switch format ?? (common.json ? .json : .text) {
      case .text: TextRendering(report.document, columns: columns).text
      case .csv: CSVRendering(report.sheets + FrontierOutput(context).tables).text
      case .html: HTMLRendering(report.document).text
      case .json: report.json.text + "\n"
      }
    }
    if let output {
      try OutputFile.write(Array(text.utf8), to: output)
      Printer(options: common).note(SafeText.line(words("报告已写入 \(output)", "The report is in \(output)")))
    } else {
      StandardOutput.write(text)
    }
  }

  /// How wide what is written may be; nil where it goes into a file or to a program.
  private var columns: Int? { output == nil && isatty(1) == 1 ? TerminalSize.columns(of: 1) : nil }

  private func day(_ text: String?, _ option: String, _ pack: Pack) throws -> CivilDate? {
    try text.map { CivilDate(days: try FilterCheck.day($0, option, pack)) }
  }
}
