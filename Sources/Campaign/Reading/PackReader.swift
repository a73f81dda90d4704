internal import Yams

/// Reads a pack's YAML. All problems are told at once, each with its line.
public enum PackReader {
  /// Whose text it is.
  public enum Origin: Hashable, Sendable {
    /// Someone's who writes it now: what is not understood is an error.
    case authored
    /// Another office's, maybe of a newer version: keys, rules and types that this version does not know
    /// are passed over, with the fields that need them.
    case received
  }

  /// A pack is issued in one change, which has a limit of its own.
  public static let maxByteCount = 1000 * 1024
  public static let maxDepth = 32

  public static func read(_ yaml: String, origin: Origin = .authored) throws(PackProblems) -> Pack {
    try checkSize(yaml)
    let root: Node
    do {
      guard let node = try Yams.compose(yaml: yaml) else {
        throw PackProblems(problems: [PackProblem(line: 1, reason: .missing(key: "format"))])
      }
      root = node
    } catch let problems as PackProblems {
      throw problems
    } catch {
      throw PackProblems(problems: [problem(of: error)])
    }
    let source = PackSource(origin: origin)
    let pack = PackParts(source).pack(root)
    if let pack, source.problems.isEmpty { return pack }
    throw PackProblems(problems: source.problems.sorted { $0.line < $1.line })
  }

  public static func read(_ yaml: [UInt8], origin: Origin = .authored) throws(PackProblems) -> Pack {
    guard yaml.count <= maxByteCount else {
      throw PackProblems(problems: [PackProblem(line: 1, reason: .tooLarge(limit: maxByteCount))])
    }
    guard !yaml.contains(0), let text = String(validating: yaml, as: UTF8.self) else {
      throw PackProblems(problems: [PackProblem(line: 1, reason: .notText)])
    }
    return try read(text, origin: origin)
  }

  /// Yams goes into nested values by recursion, so that their depth is bounded before it sees them: by
  /// brackets, by indentation, by dashes on one line. Brackets in comments and quotes are counted as well;
  /// what they hide the parser itself ends at a thousand levels.
  private static func checkSize(_ yaml: String) throws(PackProblems) {
    guard yaml.utf8.count <= maxByteCount else {
      throw PackProblems(problems: [PackProblem(line: 1, reason: .tooLarge(limit: maxByteCount))])
    }
    var line = 1
    var brackets = 0
    var indent = 0
    var isAtStart = true
    for byte in yaml.utf8 {
      switch byte {
      case UInt8(ascii: "\n"):
        line += 1
        indent = 0
        isAtStart = true
      case UInt8(ascii: " ") where isAtStart: indent += 1
      case UInt8(ascii: "-") where isAtStart, UInt8(ascii: "?") where isAtStart: indent += 1
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        brackets += 1
        isAtStart = false
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        brackets = max(0, brackets - 1)
        isAtStart = false
      default: isAtStart = false
      }
      guard brackets <= maxDepth, indent <= 4 * maxDepth else {
        throw PackProblems(problems: [PackProblem(line: line, reason: .tooDeep(limit: maxDepth))])
      }
    }
  }

  private static func problem(of error: any Error) -> PackProblem {
    switch error {
    case YamlError.scanner(_, let words, let mark, _), YamlError.parser(_, let words, let mark, _),
      YamlError.composer(_, let words, let mark, _):
      PackProblem(line: mark.line, reason: .syntax(words))
    case YamlError.duplicatedKeysInMapping(let duplicates, let context):
      PackProblem(line: context.mark.line, reason: .duplicate(.key, duplicates.first ?? ""))
    default:
      PackProblem(line: 1, reason: .syntax("\(error)"))
    }
  }
}
