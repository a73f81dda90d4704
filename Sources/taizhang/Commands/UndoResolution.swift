import ArgumentParser
import Campaign
import Ledger
import Node
import Store

extension Conflicts {
  struct Undo: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "undo",
      abstract: .words(
        "撤销一个裁定：各候选值重新待定。", "Take a resolution back: its candidates are open again."),
      discussion: .examples(
        "taizhang conflicts undo 0198f3 title",
        note: .words(
          "撤销的是本单位的裁定；本单位没有裁定过的，撤销现有的那一个，现有几个不同的则不撤销。与之相同的裁定一并撤销，他人的不同裁定不动。",
          "It takes back this office's own; where this office decided nothing the one that stands, and none where several do that differ. Whoever decided the same is taken back with it; what others decided otherwise stays."
        )))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @OptionGroup var record: RecordArgument
    @Argument(help: .words("字段或字段组：代码或名称。", "The field or group: code or label.", .field)) var field: String

    func run() throws {
      let node = try common.open()
      let recorded = try node.undo(record.id, field: field, operatorName: common.operatorText)
      try RecordedOutput(common: common).print(recorded, node.store)
      let printer = Printer(options: common)
      let (view, output) = (recorded.view, try node.store.read { try RecordOutput($0, words: printer.words) })
      let code = view.kind?.cell(named: field).map { view.code(ofCell: $0) } ?? field
      let name = output.name(ofField: code, in: view.kind)
      let isOpen = view.conflicts.contains(code)
      printer.note(
        SafeText.line(
          isOpen
            ? printer.words(
              "已撤销裁定，“\(name)”重新待定：taizhang conflicts",
              "The resolution is taken back; \"\(name)\" is open again: `taizhang conflicts`.")
            : printer.words(
              "已撤销裁定；“\(name)”的各候选值现已相同，没有待定的。",
              "The resolution is taken back; the candidates of \"\(name)\" are one value by now: nothing is open."
            )))
    }
  }
}
