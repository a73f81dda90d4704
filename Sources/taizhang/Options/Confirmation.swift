import ArgumentParser
import Foundation

/// A yes before what cannot be taken back. Only where all three streams are a terminal is it asked for: a script that
/// runs there says `--yes`, or `--json`.
struct Confirmation: ParsableArguments {
  @Flag(help: .words("在终端上也不再询问。", "Do not ask, on a terminal either.")) var yes = false

  /// - Parameter deed: what is about to be done.
  /// - Throws: `ExitCode` 1 where it is not given: nothing was done.
  func ask(for deed: String, _ common: CommonOptions) throws {
    guard !yes, !common.json, Questions.canBeAsked, isatty(STDOUT_FILENO) == 1 else { return }
    let words = common.words
    StandardError.write(SafeText.line(deed) + words(" 继续？[y/N] ", " Go on? [y/N] "))
    var input = TerminalInput()
    if let line = input.line(), let answer = String(validating: line, as: UTF8.self),
      EntryAnswer.isYes(answer) == true
    {
      return
    }
    StandardError.write(words("什么也没有改变。", "Nothing was changed.") + "\n")
    throw ExitCode(1)
  }
}
