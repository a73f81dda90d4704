import ArgumentParser
import Campaign
import Foundation
import Ledger
import Node
import Store

/// `F=V` pairs from the command line.
enum Assignments {
  static func split(_ text: String) throws -> (String, String) {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw UsageError(chinese: "“\(text)”应写成 字段=值。", english: "\"\(text)\" should read FIELD=VALUE.")
    }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }

  static func operation(_ text: String, _ make: (String, String) -> EditDraft.Operation) throws
    -> EditDraft.Operation
  {
    let (field, value) = try split(text)
    return make(field, value)
  }
}

/// Why a record's JSON cannot be read.
struct EntryFailure: Error {
  /// nil for standard input.
  let path: String?
  let problem: NodeError.ImportProblem
}

/// What recording commands print.
struct RecordedOutput {
  let common: CommonOptions

  func print(_ recorded: LocalNode.Recorded, _ store: Store) throws {
    let printer = Printer(options: common)
    for warning in recorded.warnings {
      printer.note(
        printer.words("提醒：", "Warning: ") + SafeText.line(FindingWords.text(warning, printer.words)))
      for case .records(let others) in warning.facts where warning.code == .likelyDuplicate {
        guard let other = others.first else { continue }
        printer.note(DuplicateOutput.advice(recorded.view.id.description, other, printer.words))
      }
    }
    try store.read { try print(recorded.view, $0) }
  }

  /// Says which conflicts an edit has settled, which values lost by it, and how it is taken back.
  func tellSettled(by recorded: LocalNode.Recorded, _ store: Store) throws {
    guard !recorded.settled.isEmpty else { return }
    let printer = Printer(options: common)
    let w = printer.words
    let (view, output) = (recorded.view, try store.read { try RecordOutput($0, words: w) })
    for cell in recorded.settled {
      let code = view.code(ofCell: cell.number)
      let living = view.state.cell(cell.number, cell.sort)?.writes.map(\.content) ?? []
      let lost = cell.entries.map(\.content).filter { !living.contains($0) }.map {
        output.text($0, cell: cell.number, kind: view.kind)
      }.map { output.shown($0) }
      let name = output.name(ofField: code, in: view.kind)
      printer.note(
        SafeText.line(
          w(
            "这次修改裁定了冲突：\(name)；未采用的值：\(lost.joined(separator: "、"))。撤回：taizhang conflicts undo \(view.id) \(code)",
            "This edit settled a conflict: \(name); values not taken: \(lost.joined(separator: ", ")). To take it back: `taizhang conflicts undo \(view.id) \(code)`"
          )))
    }
  }

  func print(_ view: RecordView, _ snapshot: Snapshot) throws {
    let printer = Printer(options: common)
    let output = try RecordOutput(snapshot, words: printer.words)
    if common.json {
      printer.json(try output.json(view, snapshot))
    } else {
      for line in try output.lines(view, snapshot) { printer.data(line) }
    }
  }
}

struct Add: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: .words(
      "新增一条记录；在终端上不给值则逐项询问，中断时留草稿。",
      "Add a record; with no values, on a terminal, it asks for them and keeps a draft when cut off."),
    discussion: .examples(
      "taizhang add training --set title=标准宣贯会 --set date=2025-09-10 --set plan_items=4.2 --set organiser=市场监管局 --set topic=standards"
    ))

  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Argument(help: .words("类别：代码或名称。", "The kind: code or label.", .kind)) var kind: String
  @Option(
    help: .words("所属的行政区划（未给出则为本单位的）。", "The division it belongs to (else the office's own).", .division))
  var division: String?
  @Flag(help: .words("发给所有下级单位。", "For all offices below.")) var notice = false
  @Option(name: .long, help: .words("填写一个字段；可重复。", "Fill in a field; may be repeated.", .assignment)) var set:
    [String] = []
  @Option(
    help: .words("从此文件读入一个 JSON 对象；- 为标准输入。", "A file with a JSON object, or - for standard input.", .file))
  var fromJson: String?

  func run() throws {
    var operations = try set.map { try Assignments.operation($0) { .set($0, to: $1) } }
    var division = division
    let node = try common.open()
    if let fromJson {
      let data =
        fromJson == "-"
        ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: fromJson)
      guard let data else { throw NodeError.unreadable(fromJson) }
      do {
        let entry = try node.entry(json: Array(data), kind: kind)
        operations = entry.operations + operations
        division = division ?? entry.division
      } catch NodeError.importUnreadable(let problem) {
        throw EntryFailure(path: fromJson == "-" ? nil : fromJson, problem: problem)
      }
    }
    if operations.isEmpty, fromJson == nil, Questions.canBeAsked { return try ask(node) }
    let recorded = try add(operations, to: node, division)
    try RecordedOutput(common: common).print(recorded, node.store)
  }

  private func ask(_ node: LocalNode) throws {
    let form = try node.form(kind: kind, division: division, isNotice: notice)
    var questions = Questions(Printer(options: common), node, form)
    guard let answered = try questions.ask() else { return }
    let recorded = try add(answered.operations, to: node, division)
    node.dropDraft(of: answered)
    // What is to be told of it was told while it was asked for.
    try node.store.read { try RecordedOutput(common: common).print(recorded.view, $0) }
  }

  private func add(
    _ operations: [EditDraft.Operation], to node: LocalNode, _ division: String?
  ) throws -> LocalNode.Recorded {
    try node.add(
      kind: kind, division: division, isNotice: notice, operations: operations,
      operatorName: common.operatorText)
  }
}
