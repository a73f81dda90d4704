extension PackReader {
  /// The same text with another version, which stands on a line of its own: nobody who edits a pack has to count.
  ///
  /// - Throws: a problem of the key where the version does not stand so.
  public static func text(_ yaml: [UInt8], withVersion version: Int) throws(PackProblems) -> [UInt8] {
    let key = Array("version:".utf8)
    var lines = yaml.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
    guard let line = lines.firstIndex(where: { $0.starts(with: key) }) else {
      throw PackProblems(problems: [PackProblem(line: 1, reason: .missing(key: "version"))])
    }
    let rest = lines[line].dropFirst(key.count).drop { $0 == UInt8(ascii: " ") }.drop { $0.isDigit }
    lines[line] = key + Array(" \(version)".utf8) + rest
    let text = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    guard try read(text).info.version == version else {
      throw PackProblems(
        problems: [PackProblem(line: line + 1, reason: .notA(expected: "number", key: "version"))])
    }
    return text
  }
}
