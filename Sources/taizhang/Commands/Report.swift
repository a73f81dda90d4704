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
    abstract: "Reports.", discussion: "Example: taizhang report summary --format json",
    subcommands: [Summary.self])

  enum Format: String, ExpressibleByArgument { case text, json }

  struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "summary",
      abstract: "Counts and sums by division.",
      discussion: "Example: taizhang report summary --from 2025-09-01 --to 2025-09-30")
    @OptionGroup var common: CommonOptions
    @Option(help: "The division to report on (else the office's own).") var division: String?
    @Option(help: "From this day on (else all days).") var from: String?
    @Option(help: "Until this day.") var to: String?
    @Option(help: "text or json.") var format: Format = .text
    @Option(name: .shortAndLong, help: "The file (else standard output).") var output: String?

    func run() throws {
      let node = try common.open()
      let printer = Printer(options: common)
      let text = try node.store.read { snapshot in
        let pack = try snapshot.pack()
        let code =
          try division.map {
            try pack.divisions.resolve($0).mapError { NodeError.unknownDivision($0) }.get().code
          } ?? node.facts.division
        let usual = pack.info.period.usualDays
        let report = try SummaryReport(
          snapshot, division: code,
          from: CivilDate(days: try from.map { try FilterCheck.day($0, pack) } ?? usual.lowerBound),
          to: CivilDate(days: try to.map { try FilterCheck.day($0, pack) } ?? usual.upperBound))
        let rendering = SummaryRendering(
          report: report, frontier: try Frontier(snapshot), pack: pack, words: printer.words)
        return format == .json || common.json ? rendering.json.text + "\n" : rendering.text
      }
      if let output {
        try OutputFile.write(Array(text.utf8), to: output)
      } else {
        StandardOutput.write(text)
      }
    }
  }
}

/// The summary as JSON (the shape of the contract) and as a table.
struct SummaryRendering {
  let report: SummaryReport
  let frontier: Frontier
  let pack: Pack
  let words: Words

  private var figureNames: [String] {
    (Array(pack.reports.sums.keys) + Array(pack.reports.counts.keys)).sorted()
  }

  private func json(_ row: SummaryReport.Row) -> JSON {
    var members: [(String, JSON)] = [
      ("division", .string(row.division.description)), ("name", .string(row.name)),
      ("records", .count(row.records)),
      ("items", .object(row.items.sorted { $0.key < $1.key }.map { ($0.key, .count($0.value)) })),
      ("kinds", .object(row.kinds.sorted { $0.key < $1.key }.map { ($0.key, .count($0.value)) })),
    ]
    for name in figureNames {
      let value = row.figures[name] ?? 0
      members.append(
        (name, report.moneyFigures.contains(name) ? .string(Hundredths.text(value)) : .number(value)))
    }
    members.append(("disputed", .count(row.disputed)))
    members.append(("children", .array(row.children.map(json))))
    return .object(members)
  }

  var json: JSON {
    .object([
      (
        "period",
        .object([("from", .string(report.from.description)), ("to", .string(report.to.description))])
      ),
      ("rows", .array(report.rows.map(json))), ("total", json(report.total)),
      (
        "days",
        .array(
          report.days.map {
            .object([("date", .string($0.date.description)), ("records", .count($0.records))])
          })
      ),
      (
        "frontier",
        .object([
          ("pack_version", .count(frontier.packVersion)), ("conflicts_open", .count(frontier.conflictsOpen)),
          ("quarantined", .count(frontier.quarantined)),
          (
            "offices",
            .array(
              frontier.offices.map {
                .object([
                  ("name", .string($0.name)), ("division", .string($0.division.description)),
                  ("last_seen", .optional($0.lastSeen.map { Timestamp.text($0) })),
                  ("changes", .number(Int64($0.changes))),
                ])
              })
          ),
        ])
      ),
    ])
  }

  var text: String {
    var table = TextTable(
      [words("区划", "Division"), words("记录", "Records")] + figureNames + [words("有争议", "Disputed")])
    func cells(_ row: SummaryReport.Row, _ indent: String) -> [String] {
      let figures = figureNames.map { name in
        let value = row.figures[name] ?? 0
        return report.moneyFigures.contains(name) ? Hundredths.text(value) : String(value)
      }
      return [indent + row.name, String(row.records)] + figures + [String(row.disputed)]
    }
    for row in report.rows {
      table.add(cells(row, ""))
      for child in row.children where child.records > 0 { table.add(cells(child, "  ")) }
    }
    table.add(cells(report.total, ""))
    var lines = ["\(report.from) – \(report.to)"] + table.lines
    lines.append(
      words(
        "依据：方案第 \(frontier.packVersion) 版，待裁定 \(frontier.conflictsOpen)，隔离 \(frontier.quarantined)",
        "Rests on: pack version \(frontier.packVersion), \(frontier.conflictsOpen) open conflicts, \(frontier.quarantined) quarantined"
      ))
    for office in frontier.offices {
      lines.append(
        SafeText.line(
          "  \(office.name) \(office.division)  \(office.lastSeen.map { Timestamp.text($0) } ?? "-")  \(office.changes)"
        ))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
