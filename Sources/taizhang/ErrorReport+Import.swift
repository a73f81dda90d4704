import Node

/// A file that did not come in; the words of `ErrorReport` for it.
extension ErrorReport {
  static func of(_ failure: ImportFailure, _ w: Words) -> ErrorReport {
    let cause = ErrorReport(failure.cause, words: w)
    // What is not about the file names what it is about itself.
    guard case NodeError.importUnreadable? = failure.cause as? NodeError else { return cause }
    return ErrorReport(
      cause.exitCode, cause.code, failure.path + w("：", ": ") + cause.message, cause.hint)
  }
}
