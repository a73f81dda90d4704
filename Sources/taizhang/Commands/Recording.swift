import ArgumentParser
import Campaign
import Foundation
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
}

/// What recording commands print.
struct RecordedOutput {
  let common: CommonOptions

  func print(_ recorded: LocalNode.Recorded, _ store: Store) throws {
    let printer = Printer(options: common)
    for warning in recorded.warnings {
      printer.note(
        printer.words("提醒：", "Warning: ") + SafeText.line(FindingWords.text(warning, printer.words)))
    }
    try store.read { try print(recorded.view, $0) }
  }

  func print(_ view: RecordView, _ snapshot: Snapshot) throws {
    let printer = Printer(options: common)
    let output = try RecordOutput(snapshot, words: printer.words)
    if common.json {
      printer.json(try output.json(view, snapshot))
    } else {
      for line in output.lines(view) { printer.data(line) }
    }
  }
}

struct Add: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add a record.",
    discussion: """
      Example: taizhang add training --set title=标准宣贯会 --set date=2025-09-10 --set plan_items=4.2 \
      --set organiser=市场监管局 --set topic=standards
      """)

  @OptionGroup var common: CommonOptions
  @Argument(help: "The kind: code or label.") var kind: String
  @Option(help: "The division it belongs to (else the office's own).") var division: String?
  @Flag(help: "For all offices below.") var notice = false
  @Option(name: .long, help: "FIELD=VALUE; may be repeated.") var set: [String] = []
  @Option(help: "A file with a JSON object, or - for standard input.") var fromJson: String?

  func run() throws {
    var operations = try set.map { text in
      let (field, value) = try Assignments.split(text)
      return EditDraft.Operation.set(field, to: value)
    }
    if let fromJson {
      let data =
        fromJson == "-"
        ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: fromJson)
      guard let data else { throw NodeError.unreadable(fromJson) }
      operations = try LocalNode.operations(json: Array(data)) + operations
    }
    let node = try common.open()
    let recorded = try node.add(
      kind: kind, division: division, isNotice: notice, operations: operations,
      operatorName: common.operatorText)
    try RecordedOutput(common: common).print(recorded, node.store)
  }
}

struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Change a record; one change.", discussion: "Example: taizhang edit 0198f3 --set place=城区广场")

  @OptionGroup var common: CommonOptions
  @Argument(help: "The record's id, or the first digits of it.") var id: String
  @Option(help: "FIELD=VALUE; may be repeated.") var set: [String] = []
  @Option(help: "A field to empty.") var unset: [String] = []
  @Option(help: "FIELD=VALUE to add to a set.") var add: [String] = []
  @Option(help: "FIELD=VALUE to take out of a set.") var remove: [String] = []
  @Option(help: "FIELD=N to add to a tally.") var increment: [String] = []

  func run() throws {
    var operations: [EditDraft.Operation] = []
    for text in set { let (f, v) = try Assignments.split(text); operations.append(.set(f, to: v)) }
    for field in unset { operations.append(.unset(field)) }
    for text in add { let (f, v) = try Assignments.split(text); operations.append(.add(f, v)) }
    for text in remove { let (f, v) = try Assignments.split(text); operations.append(.remove(f, v)) }
    for text in increment {
      let (f, v) = try Assignments.split(text); operations.append(.increment(f, by: v))
    }
    let node = try common.open()
    let recorded = try node.edit(id, operations: operations, operatorName: common.operatorText)
    try RecordedOutput(common: common).print(recorded, node.store)
  }
}

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a record.", discussion: "Example: taizhang show 0198f3")
  @OptionGroup var common: CommonOptions
  @Argument(help: "The record's id, or the first digits of it.") var id: String

  func run() throws {
    try common.openStore().read { snapshot in
      try RecordedOutput(common: common).print(snapshot.record(prefix: id), snapshot)
    }
  }
}

struct Delete: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete a record; it can be restored.", discussion: "Example: taizhang delete 0198f3")
  @OptionGroup var common: CommonOptions
  @Argument(help: "The record's id, or the first digits of it.") var id: String

  func run() throws {
    let node = try common.open()
    try RecordedOutput(common: common).print(
      try node.delete(id, operatorName: common.operatorText), node.store)
  }
}

struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Take a deletion back.", discussion: "Example: taizhang restore 0198f3")
  @OptionGroup var common: CommonOptions
  @Argument(help: "The record's id, or the first digits of it.") var id: String

  func run() throws {
    let node = try common.open()
    try RecordedOutput(common: common).print(
      try node.restore(id, operatorName: common.operatorText), node.store)
  }
}
