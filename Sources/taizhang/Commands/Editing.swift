import ArgumentParser
import Campaign
import Node
import Store

struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: .words(
      "修改一条记录，算作一次变更。",
      "Change a record; one change."), discussion: .examples("taizhang edit 0198f3 --set place=城区广场"))

  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup var record: RecordArgument
  @Option(help: .words("填写一个字段；可重复。", "Fill in a field; may be repeated.", .assignment)) var set: [String] =
    []
  @Option(help: .words("清空一个字段；可重复。", "A field to empty; may be repeated.", .field)) var unset: [String] = []
  @Option(help: .words("给可有多个值的字段加一个值；可重复。", "Add a value to a set; may be repeated.", .assignment)) var add:
    [String] = []
  @Option(help: .words("从可有多个值的字段去掉一个值；可重复。", "Take a value out of a set; may be repeated.", .assignment))
  var remove: [String] = []
  @Option(help: .words("给累计数加上一个数；可重复。", "Add to a tally; may be repeated.", .addition)) var increment:
    [String] = []

  func run() throws {
    let operations =
      try set.map { try Assignments.operation($0) { .set($0, to: $1) } } + unset.map { .unset($0) }
      + add.map { try Assignments.operation($0) { .add($0, $1) } }
      + remove.map { try Assignments.operation($0) { .remove($0, $1) } }
      + increment.map { try Assignments.operation($0) { .increment($0, by: $1) } }
    let node = try common.open()
    let recorded = try node.edit(record.id, operations: operations, operatorName: common.operatorText)
    let output = RecordedOutput(common: common)
    try output.print(recorded, node.store)
    try output.tellSettled(by: recorded, node.store)
  }
}

struct Move: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move",
    abstract: .words(
      "把记录迁往别的行政区划：历史接续，原处的删除。",
      "A record belongs to another division: made anew there with its history linked, deleted here."),
    discussion: .examples("taizhang move 0198f3 --division 540103"))

  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup var record: RecordArgument
  @Option(help: .words("应属的行政区划：代码或名称。", "The division that it belongs to: code or name.", .division))
  var division: String

  func run() throws {
    let node = try common.open()
    let moved = try node.move(record.id, division: division, operatorName: common.operatorText)
    try RecordedOutput(common: common).print(moved, node.store)
  }
}

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: .words(
      "查看一条记录。",
      "Show a record."), discussion: .examples("taizhang show 0198f3"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup var record: RecordArgument

  func run() throws {
    try common.openStore().read { snapshot in
      try RecordedOutput(common: common).print(snapshot.record(prefix: record.id), snapshot)
    }
  }
}

struct Delete: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: .words(
      "删除一条记录；可用 restore 恢复。",
      "Delete a record; it can be restored."), discussion: .examples("taizhang delete 0198f3"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup var record: RecordArgument

  func run() throws {
    let node = try common.open()
    try RecordedOutput(common: common).print(
      try node.delete(record.id, operatorName: common.operatorText), node.store)
  }
}

struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: .words(
      "恢复一条已删除的记录。",
      "Take a deletion back."), discussion: .examples("taizhang restore 0198f3"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup var record: RecordArgument

  func run() throws {
    let node = try common.open()
    try RecordedOutput(common: common).print(
      try node.restore(record.id, operatorName: common.operatorText), node.store)
  }
}
