import ArgumentParser
import Foundation

/// A yes before what cannot be taken back. Only a person on a terminal is asked: a script has said what it wants.
struct Confirmation: ParsableArguments {
  @Flag(help: .words("在终端上也不再询问。", "Do not ask, on a terminal either.")) var yes = false

  /// - Parameter deed: what is about to be done.
  /// - Returns: whether to go on.
  func isGiven(for deed: String, _ common: CommonOptions) -> Bool {
    guard !yes, !common.json, Questions.canBeAsked else { return true }
    let words = common.words
    StandardError.write(SafeText.line(deed) + words(" 继续？[y/N] ", " Go on? [y/N] "))
    var input = TerminalInput()
    if let line = input.line(), let answer = String(validating: line, as: UTF8.self),
      EntryAnswer.isYes(answer) == true
    {
      return true
    }
    StandardError.write(words("什么也没有改变。", "Nothing was changed.") + "\n")
    return false
  }
}
