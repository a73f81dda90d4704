import ArgumentParser

/// The record that a command is about.
struct RecordArgument: ParsableArguments {
  @Argument(help: "The record's id, or the first digits of it.") var id: String
}
