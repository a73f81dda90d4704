/// What is wrong with a pack's text, and where.
public struct PackProblem: Hashable, Sendable {
  /// Counted from 1.
  public let line: Int
  public let reason: Reason

  /// What a name stands for.
  public enum Thing: String, Hashable, Sendable {
    case kind, field, group, number, list, code, item, division, level, mark, header, key, role
  }

  public enum Reason: Hashable, Sendable {
    /// It is no YAML; the parser's own words.
    case syntax(String)
    /// It is no text in UTF-8, or holds a NUL.
    case notText
    case tooLarge(limit: Int)
    case tooDeep(limit: Int)
    case tooMany(Thing, limit: Int)
    case unsupportedFormat(String)
    case missing(key: String)
    /// The key is there but holds something else.
    case notA(expected: String, key: String)
    case unknownKey(String, nearest: String?)
    case unknownType(String)
    case unknownRule(String)
    /// A name that leads nowhere.
    case unknownReference(Thing, String, nearest: String?)
    case duplicate(Thing, String)
    /// It is its own ancestor.
    case circular(Thing, String)
    /// A name with characters that it may not have.
    case illegalName(Thing, String)
    case numberOutOfRange(String, limit: Int)
    case retiredNumber(UInt32)
    /// A default that is no value of its field.
    case notAValue(field: String, code: Finding.Code)
    /// A rule over fields that it cannot compare.
    case ruleMismatch(String)
    /// A field that cannot play the part that `roles` gives it.
    case roleMismatch(role: String, field: String)
    /// A label of a list that sets are made of holds one of the signs that part a set's elements.
    case separatorInLabel(String)
    /// A division in use lies in a retired one.
    case retiredParent(String)
    /// What took a retired division's place is retired too: the pack has to name what is in use now.
    case retiredSuccessor(String)
  }
}

/// Everything that is wrong with a pack's text.
public struct PackProblems: Error, Hashable, Sendable {
  public let problems: [PackProblem]
}
