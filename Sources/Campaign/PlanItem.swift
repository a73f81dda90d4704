/// A point of the plan that records are kept under.
public struct PlanItem: Hashable, Sendable {
  public let code: String
  public let label: Label
  public let aliases: [String]
  /// The item that this one is part of.
  public let parent: String?
}
