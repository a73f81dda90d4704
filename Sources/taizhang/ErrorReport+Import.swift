import Node

/// A file that did not come in; the words of `ErrorReport` for it.
extension ErrorReport {
  static func of(_ failure: ImportFailure, _ w: Words) -> ErrorReport {
    let cause = ErrorReport(failure.cause, words: w)
    // What is not about the file names what it is about itself.
    guard case NodeError.importUnreadable? = failure.cause as? NodeError else { return cause }
    return cause.named(failure.path, w)
  }

  /// A record's JSON that cannot be read: it is one object, and no list of them.
  static func of(_ failure: EntryFailure, _ w: Words) -> ErrorReport {
    let message =
      switch failure.problem {
      case .nestedValue(_, let key):
        w("\(key) 是一个对象，没有这样的值。", "\(key) is an object, which no field holds.")
      default: w("不是一个 JSON 对象。", "This is not one JSON object.")
      }
    return ErrorReport(
      65, "unreadable-file", message,
      w(
        "什么也没有写入；写成一个对象，如 {\"title\":\"…\"}。",
        "Nothing was written; give one object, like {\"title\":\"…\"}.")
    ).named(failure.path ?? w("标准输入", "standard input"), w)
  }
}
