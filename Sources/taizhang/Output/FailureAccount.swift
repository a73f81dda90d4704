import ArgumentParser

/// What went wrong with some of several things, the others done all the same. It is told once everything else is, so
/// that standard error ends in the failure which the exit code comes from: the first.
struct FailureAccount {
  /// Of how many things.
  let count: Int
  private var failures: [ErrorReport] = []
  /// Whether something was left out that is no failure.
  var hasFindings = false

  init(of count: Int) { self.count = count }

  /// - Parameter thing: what failed; of several its failure has to say which one it is about.
  mutating func note(_ failure: ErrorReport, about thing: String, _ w: Words) {
    failures.append(count == 1 ? failure : failure.about(thing, w))
  }

  /// The same of a peer, which `--json` names in any case.
  mutating func note(_ failure: ErrorReport, with peer: String, _ w: Words) {
    note(failure.with(peer: peer), about: peer, w)
  }

  var isEmpty: Bool { failures.isEmpty }

  /// - Throws: `ExitCode` where not all went well.
  func close(json: Bool) throws {
    guard let first = failures.first else {
      if hasFindings { throw ExitCode(1) }
      return
    }
    try StandardOutput.flush()
    for failure in failures.dropFirst() + [first] { failure.print(json: json) }
    throw ExitCode(first.exitCode)
  }
}

extension ErrorReport {
  /// Whether its words name a thing, and not merely something with that name in it: `b` is not named by `a/b.csv`.
  fileprivate func names(_ thing: String) -> Bool {
    message.ranges(of: thing).contains { range in
      let before = message[..<range.lowerBound].last
      let after = message[range.upperBound...].first
      // A file's name may end a sentence.
      return before.map(ErrorReport.isPartOfName) != true
        && after.map { $0 != "." && ErrorReport.isPartOfName($0) } != true
    }
  }

  private static func isPartOfName(_ sign: Character) -> Bool {
    sign.isASCII && (sign.isLetter || sign.isNumber || "/.-_".contains(sign))
  }

  /// The same, with what it is about before it where its words do not say so.
  func about(_ thing: String, _ w: Words) -> ErrorReport { names(thing) ? self : named(thing, w) }

  /// The same, with what it is about before it.
  func named(_ name: String, _ w: Words) -> ErrorReport {
    var report = ErrorReport(exitCode, code, name + w("：", ": ") + message, hint)
    report.peer = peer
    return report
  }

  func with(peer: String) -> ErrorReport {
    var report = self
    report.peer = peer
    return report
  }
}
