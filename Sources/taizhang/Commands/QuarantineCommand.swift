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
    let (lines, names) = try common.openStore().read { (try $0.quarantine(), try $0.officeNames()) }
    if lines.isEmpty, !common.json {
      printer.noteOnTerminal(printer.words("没有被隔离的变更。", "Nothing is set aside."))
    }
    for line in lines {
      if common.json {
        printer.json(QuarantineOutput.json(line, names))
      } else {
        printer.data(QuarantineOutput.text(line, names, printer.words))
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

  static func text(_ line: QuarantineLine, _ names: [NodeID: String], _ w: Words) -> String {
    if let cut = CutWords(names: names, words: w).text(line) { return SafeText.line(cut) }
    let office = names[line.log.node] ?? String(line.log.node.description.prefix(12))
    let place = "\(office)  \(line.log.space.division)"
    let reason = QuarantineWords.text(line.reason, w)
    return SafeText.line(
      w("\(place)  第 \(line.n) 个变更起：\(reason)", "\(place)  from change \(line.n): \(reason)"))
  }
}

/// Why something was set aside, in words.
enum QuarantineWords {
  static func text(_ reason: String, _ w: Words) -> String {
    switch reason {
    case "revoked": w("在吊销所承认的部分之后", "beyond what a revocation honours")
    case "narrowed":
      w(
        "作者的范围缩小后，超出新范围且未获承认",
        "beyond what a narrowing of its author's scope honours, and outside the new scope")
    case "ruled-out":
      w("中心节点裁定日志分叉时未保留", "a branch that the region did not keep when it ruled on its own log")
    case "unknown-author": w("没有其作者的有效证书", "no certificate of its author counts here")
    case "out-of-scope": w("超出作者或本单位的范围", "outside the scope of its author or of this office")
    case "does-not-follow": w("它之前的变更已被隔离", "what it follows was set aside")
    case "bad-signature": w("签名不对", "a wrong signature")
    case QuarantineLine.cutReason:
      w("日志分叉过多，自首个分叉起隔离", "the log has too many branches: all after its first fork is set aside")
    case "unsigned": w("没有签名", "not signed")
    case "values-missing": w("缺少内容，且没有相应的抹除指令", "values are missing, and no redaction names them")
    case "bad-body": w("内容不合格式", "content that breaks the format")
    default: reason
    }
  }
}
