import ArgumentParser
import Foundation
import Node
import Store

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: .words(
      "核对全部哈希链、签名、范围和由日志得出的各表。",
      "Check every chain, signature, scope and derived table."),
    discussion: .examples("taizhang verify --json"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions

  func run() throws {
    let node = try common.openToRead()
    let printer = Printer(options: common)
    let progress = Progress(printer, label: common.words("核对", "verify"), unit: .changes)
    let report = try node.verify { progress.show(done: $0, of: $1) }
    progress.end()
    let output = ProblemOutput(words: printer.words)
    if common.json {
      printer.json(
        .object([
          ("ok", .bool(report.problems.isEmpty)), ("changes", .count(report.changes)),
          ("logs", .count(report.logs)), ("problems", .array(report.problems.map(output.json))),
          ("untold", output.json(untold: report.untold)),
        ]))
    } else {
      for line in output.lines(report.problems, report.untold) { printer.data(line) }
      // No damage, but nothing to be passed over in silence.
      let (cuts, labels) = try node.store.read { (try $0.cutLogs(), try OfficeLabels($0)) }
      for text in CutWords(labels: labels, words: printer.words).texts(cuts) { printer.note(text) }
      if let text = try forkSummary(node, printer.words) { printer.note(text) }
      let count = report.problems.count + report.untold.values.reduce(0, +)
      printer.data(
        printer.words(
          "核对 \(report.logs) 个日志、\(report.changes) 个变更，问题 \(count) 个",
          "\(Words.counted(report.logs, "log")), \(Words.counted(report.changes, "change")) checked, \(Words.counted(count, "problem"))"
        ))
    }
    if !report.problems.isEmpty {
      printer.note(output.advice(report.problems, hasRepaired: false))
      throw ExitCode(1)
    }
  }
}

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: .words(
      "检查台账库；加 --repair 则由日志重建其余的内容。",
      "Look the store over; --repair makes what is derived anew from the logs."),
    discussion: .examples("taizhang doctor --repair"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Flag(help: .words("修复能修复的问题。", "Mend what can be mended.")) var repair = false

  func run() throws {
    let node = try repair ? common.open() : common.openToRead()
    let printer = Printer(options: common)
    let w = printer.words
    let progress = Progress(printer, label: w("检查", "doctor"), unit: .changes)
    let diagnosis = try node.diagnose(repairs: repair) { progress.show(done: $0, of: $1) }
    progress.end()
    let names = (try? node.store.read { try $0.officeNames() }) ?? [:]
    let labels = (try? node.store.read { try OfficeLabels($0) }) ?? OfficeLabels(names)
    let output = ProblemOutput(words: w)
    if common.json {
      printer.json(
        .object([
          ("ok", .bool(diagnosis.problems.isEmpty)),
          ("problems", .array(diagnosis.problems.map(output.json))),
          ("untold", output.json(untold: diagnosis.untold)),
          ("repaired", .array(diagnosis.repaired.map(output.json))),
          ("quarantined", .array(diagnosis.quarantine.map { QuarantineOutput.json($0, names) })),
          ("unclaimed_attachments", .count(diagnosis.unclaimed.count)),
          ("former_keys", .strings(diagnosis.formerKeys)),
        ]))
    } else {
      for line in output.lines(diagnosis.repaired, [:]) { printer.data(w("已修复  ", "mended  ") + line) }
      for line in output.lines(diagnosis.problems, diagnosis.untold) { printer.data(line) }
      for line in diagnosis.quarantine {
        printer.data(
          w("已隔离  ", "set aside  ") + QuarantineOutput.text(line, labels, isRegion: node.facts.isRegion, w))
      }
      if diagnosis.problems.isEmpty {
        printer.data(
          diagnosis.repaired.isEmpty
            ? w("没有问题", "no problems") : w("已全部修复，没有其他问题", "all of it is mended; no other problems"))
      }
      if let text = (try? forkSummary(node, w)) ?? nil { printer.note(text) }
    }
    if let text = VerifyWords.unclaimed(diagnosis.unclaimed.count, w) { printer.note(text) }
    if let text = VerifyWords.formerKeys(diagnosis.formerKeys, w) { printer.note(text) }
    let refetched = diagnosis.repaired.filter(\.isOfAttachmentContent).count
    if refetched > 0 {
      printer.note(
        w(
          "其中 \(refetched) 个附件的内容现在记为缺少：运行 taizhang sync --attachments 从别的单位取回。",
          "Attachments whose contents count as missing now: \(refetched). `taizhang sync --attachments` fetches them from other offices."
        ))
    }
    if !diagnosis.problems.isEmpty {
      printer.note(output.advice(diagnosis.problems, hasRepaired: repair))
      throw ExitCode(1)
    }
  }
}

/// Those that are cut are told for themselves.
private func forkSummary(_ node: LocalNode, _ words: Words) throws -> String? {
  let count = try node.store.read { try $0.forkedLogs().count - $0.cutLogs().count }
  return ForkWords.summary(count, words)
}

/// What is wrong with a store, for people and for scripts.
struct ProblemOutput {
  let words: Words

  func json(_ problem: Verification.Problem) -> JSON {
    .object([
      ("log", .string(problem.log)), ("seq", .number(Int64(clamping: problem.n))),
      ("problem", .string(problem.problem)), ("detail", .optional(problem.detail)),
    ])
  }

  /// By name, how many more there are.
  func json(untold: [String: Int]) -> JSON {
    .object(untold.sorted { $0.key < $1.key }.map { ($0.key, .count($0.value)) })
  }

  /// - Parameter untold: by name, how many more there are.
  func lines(_ problems: [Verification.Problem], _ untold: [String: Int]) -> [String] {
    let told = problems.map { problem in
      let place = problem.n > 0 ? "\(problem.log) \(problem.n)" : problem.log
      let detail = problem.detail.map { words("（\($0)）", " (\($0))") } ?? ""
      return SafeText.line("\(place)\(words("：", ": "))\(VerifyWords.text(problem.problem, words))\(detail)")
    }
    let others = untold.sorted { $0.key < $1.key }.map { name, count in
      words(
        "……另有 \(count) 处：\(VerifyWords.text(name, words))",
        "… and \(count) more: \(VerifyWords.text(name, words))")
    }
    return told + others
  }

  /// What to do next.
  func advice(_ problems: [Verification.Problem], hasRepaired: Bool) -> String {
    if hasRepaired, problems.contains(where: \.isOfFile), !problems.contains(where: \.isOfLogs) {
      return words(
        "数据库文件受损，本机无法修复。把最近的备份恢复到新目录（taizhang restore-backup），再用 taizhang merge 并入本目录，完好的部分不会丢；没有备份则新建、入网、同步后再并入。",
        "The database file is damaged, and cannot be mended here. Restore the newest backup into a new folder (`taizhang restore-backup`), then `taizhang merge` this folder into it, which takes in all that is sound; without a backup do so in a new store once it has joined and synced."
      )
    }
    if problems.contains(where: \.isOfLogs) {
      return words(
        "日志本身受损，本机无法重建。把最近的备份恢复到新目录（taizhang restore-backup），再用 taizhang merge 并入本目录，完好的部分不会丢；没有备份则新建、入网、同步后再并入。",
        "The logs themselves are damaged: nothing here can mend them. Restore the newest backup into a new folder (`taizhang restore-backup`), then `taizhang merge` this folder into it, which takes in all that is sound; without a backup do so in a new store once it has joined and synced."
      )
    }
    if hasRepaired {
      return words(
        "其余问题无法自动修复，请从备份恢复身份文件或整个库。",
        "What is left cannot be mended here: restore the identity's files, or all of it, from a backup.")
    }
    return words("运行 taizhang doctor --repair 修复。", "`taizhang doctor --repair` mends what can be mended.")
  }
}
