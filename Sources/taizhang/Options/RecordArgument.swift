import ArgumentParser

/// The record that a command is about.
struct RecordArgument: ParsableArguments {
  @Argument(help: .words("记录编号，或其前几位（至少 4 位）。", "The record's id, or 4 or more of its first digits.", .id))
  var id: String
}
