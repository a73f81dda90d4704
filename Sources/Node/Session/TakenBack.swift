/// Changes that an office had signed for and does not hold any more: they count as not arrived there again.
public struct TakenBack: Hashable, Sendable {
  /// Its name.
  public var office: String
  public var count: Int
  /// The name of who told it; nil where the office says so itself.
  public var teller: String?
}

extension [TakenBack] {
  /// All of it, in changes.
  public var changes: Int { reduce(0) { $0 + $1.count } }
}
