public import Ledger

/// An administrative division: one in use, or a retired one with what took its place.
public struct Division: Hashable, Sendable {
  public let code: DivisionCode
  public let name: String
  /// The name of its level, e.g. `county`; its labels are in `DivisionTable.levels`.
  public let level: String
  public let parent: DivisionCode?
  public let firstYear: Int?
  /// The year it went out of use; nil for one in use.
  public let retired: Int?
  /// The divisions in use that took a retired one's place.
  public let successors: [DivisionCode]

  public var isInUse: Bool { retired == nil }
}
