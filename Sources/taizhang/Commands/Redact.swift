import ArgumentParser
import Campaign
import Foundation
import Node
import Store

struct Redact: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redact",
    abstract: .words(
      "在所有单位永久抹除记录的一个文本字段（仅限中心节点）。",
      "Erase a text field of a record for good, at every office (region only)."),
    discussion: .examples(
      "taizhang redact 0198f3 --field notes --reason 当事人申请删除个人信息",
      note: .words(
        "该字段现有和曾有的内容，本机立即抹除，其他单位下次同步得知时抹除。何人抹除、有何理由，留在记录的历史里，各单位都能看到。此前的备份和导出文件不受影响，请自行删除；再次导入旧文件不会带回已抹除的内容。其他单位此前离线填写、本机尚未收到的内容不会自动抹除：收到后与〔已抹除〕并列为冲突，本机的 sync、merge 和 status 会指出，请复核，不应保留的再次抹除；仅裁定为〔已抹除〕，原文仍在历史里。",
        "What the field holds and ever held is erased here at once, and at each office when it next hears of it. Who erased it and why stays in the record's history, and all offices can read the reason. Backups and exports made before are not reached: delete them. Importing an older file again does not bring it back. What an office wrote before it heard of this, and is not here yet, is not erased by itself: it comes to stand beside the redacted value as a conflict, and sync, merge and status tell of it here: look at it, and redact again what has to go. Settling it as redacted leaves the text in the history."
      )))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup var record: RecordArgument
  @Option(help: .words("字段：代码或名称。", "The field: code or label.", .field)) var field: String
  @Option(
    help: .words("理由；各单位都能看到，不要写个人信息。", "Why; without personal data, for all offices can read it.", .reason))
  var reason: String
  @OptionGroup var confirmation: Confirmation

  func run() throws {
    guard reason.contains(where: { !$0.isWhitespace }) else {
      throw UsageError(chinese: "请用 --reason 说明理由。", english: "Say why with --reason.")
    }
    let node = try common.open()
    let found = try node.store.read { try $0.record(prefix: record.id) }
    // Of a field that there is not nobody has to be asked.
    if found.kind?.fieldIndex(named: field) != nil {
      let what = FindingWords.name(found.named(field), common.words)
      try confirmation.ask(
        for: common.words(
          "将永久抹除记录 \(found.id) 的\(what)，各单位得知后即抹去，不能撤回。",
          "This erases \(what) of record \(found.id) for good, at each office as it hears of it."), common)
    }
    let (view, erased, isScrubbed) = try node.redact(
      record.id, field: field, reason: reason, operatorName: common.operatorText)
    try node.store.read { try RecordedOutput(common: common).print(view, $0) }
    if erased == 0 {
      Printer(options: common).note(
        common.words(
          "这个字段里没有可抹除的内容，什么也没有改；以后写入或收到的内容不受影响。",
          "There was nothing to erase in this field, and nothing was changed; what is written or arrives later is not covered."
        ))
    }
    if try !node.reachesRelatives(of: view) { tellUnreached() }
    if !isScrubbed { Redact.tellUnscrubbed(common) }
  }

  /// More records were made in place of this one than are looked at.
  private func tellUnreached() {
    let printer = Printer(options: common)
    printer.note(
      printer.words(
        "提醒：由本记录迁出的记录过多，只抹除了其中最近的一部分；其余请用 taizhang history 查出，逐条抹除。",
        "Warning: too many records were moved from this one, and only the latest of them were redacted as well: find the others with taizhang history, and redact each."
      ))
  }

  /// The file still holds what is gone.
  static func tellUnscrubbed(_ common: CommonOptions) {
    let printer = Printer(options: common)
    printer.note(
      printer.words(
        "提醒：另一程序正在使用台账库，文件空闲处的旧内容将在下次同步、合并或抹除时抹去。",
        "Warning: another process uses the store; what its file's unused pages hold goes with the next sync, merge or redaction."
      ))
  }
}
