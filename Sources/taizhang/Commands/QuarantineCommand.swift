import ArgumentParser
import Foundation
import Ledger
import Node
import Store

struct Quarantine: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quarantine",
    abstract: .words(
      "列出被隔离（尚不计入）的变更及其原因。",
      "What was set aside because it does not count (yet), and why."),
    discussion: .examples("taizhang quarantine --json"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions

  func run() throws {
    let printer = Printer(options: common)
    let (lines, names, labels, isRegion) = try common.openStore().read {
      (try $0.quarantine(), try $0.officeNames(), try OfficeLabels($0), try $0.meta(.isRegion) != nil)
    }
    if lines.isEmpty, !common.json {
      printer.noteOnTerminal(printer.words("没有被隔离的变更。", "Nothing is set aside."))
    }
    for line in lines {
      if common.json {
        printer.json(QuarantineOutput.json(line, names))
      } else {
        printer.data(QuarantineOutput.text(line, labels, isRegion: isRegion, printer.words))
      }
    }
  }
}

/// One thing that was set aside.
enum QuarantineOutput {
  static func json(_ line: QuarantineLine, _ names: [NodeID: String]) -> JSON {
    .object([
      ("log", .string(line.log.description)), ("seq", .number(Int64(clamping: line.n))),
      ("office", .optional(names[line.log.node])), ("node", .string(line.log.node.description)),
      ("division", .string(line.log.space.division.description)), ("reason", .string(line.reason)),
      ("at", .optional(line.at.map { Timestamp.text($0) })),
      ("branches", .optional(line.beyondCut.map { Int64($0.branches) })),
      ("changes", .optional(line.beyondCut.map { Int64($0.changes) })),
    ])
  }

  static func text(
    _ line: QuarantineLine, _ labels: OfficeLabels, isRegion: Bool, _ w: Words
  ) -> String {
    if let cut = CutWords(labels: labels, words: w).text(line) { return SafeText.line(cut) }
    let place = "\(labels[line.log.node])  \(line.log.space.division)"
    let reason = QuarantineWords.text(line.reason, w)
    let advice = QuarantineWords.advice(line.reason, isRegion: isRegion, w)
    return SafeText.line(
      w(
        "\(place)  第 \(line.n) 个变更起：\(reason)。\(advice)",
        "\(place)  from change \(line.n): \(reason). \(advice)"))
  }
}
