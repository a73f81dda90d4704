import ArgumentParser
import Campaign
import Node
import Store

struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Change a record; one change.", discussion: "Example: taizhang edit 0198f3 --set place=城区广场")

  @OptionGroup var common: CommonOptions
  @OptionGroup var record: RecordArgument
  @Option(help: "FIELD=VALUE; may be repeated.") var set: [String] = []
  @Option(help: "A field to empty.") var unset: [String] = []
  @Option(help: "FIELD=VALUE to add to a set.") var add: [String] = []
  @Option(help: "FIELD=VALUE to take out of a set.") var remove: [String] = []
  @Option(help: "FIELD=N to add to a tally.") var increment: [String] = []

  func run() throws {
    let operations =
      try set.map { try Assignments.operation($0) { .set($0, to: $1) } } + unset.map { .unset($0) }
      + add.map { try Assignments.operation($0) { .add($0, $1) } }
      + remove.map { try Assignments.operation($0) { .remove($0, $1) } }
      + increment.map { try Assignments.operation($0) { .increment($0, by: $1) } }
    let node = try common.open()
    let recorded = try node.edit(record.id, operations: operations, operatorName: common.operatorText)
    try RecordedOutput(common: common).print(recorded, node.store)
  }
}

struct Move: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move",
    abstract: "A record belongs to another division: made anew there with its history linked, deleted here.",
    discussion: "Example: taizhang move 0198f3 --division 540103")

  @OptionGroup var common: CommonOptions
  @OptionGroup var record: RecordArgument
  @Option(help: "The division that it belongs to: code or name.") var division: String

  func run() throws {
    let node = try common.open()
    let moved = try node.move(record.id, division: division, operatorName: common.operatorText)
    try RecordedOutput(common: common).print(moved, node.store)
  }
}

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a record.", discussion: "Example: taizhang show 0198f3")
  @OptionGroup var common: CommonOptions
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
    abstract: "Delete a record; it can be restored.", discussion: "Example: taizhang delete 0198f3")
  @OptionGroup var common: CommonOptions
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
    abstract: "Take a deletion back.", discussion: "Example: taizhang restore 0198f3")
  @OptionGroup var common: CommonOptions
  @OptionGroup var record: RecordArgument

  func run() throws {
    let node = try common.open()
    try RecordedOutput(common: common).print(
      try node.restore(record.id, operatorName: common.operatorText), node.store)
  }
}
