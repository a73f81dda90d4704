public import Ledger

/// Where an office may write and what it may read, spelled out in its certificate, so that no check of
/// authority reads a campaign pack.
public struct Scope: Hashable, Sendable {
  /// The office's own division.
  public let division: DivisionCode
  /// The divisions that it writes for, ascending: its subtree, or itself alone.
  public let covered: [DivisionCode]
  /// The divisions above, nearest first; their notices are read.
  public let ancestors: [DivisionCode]

  public init(division: DivisionCode, covered: [DivisionCode], ancestors: [DivisionCode]) {
    self.division = division
    self.covered = Array(Set(covered).union([division])).sorted()
    self.ancestors = ancestors
  }

  /// 0 is the highest office.
  public var rank: UInt8 { UInt8(clamping: ancestors.count) }

  /// Whether the office writes for `division`.
  public func covers(_ division: DivisionCode) -> Bool {
    var low = 0
    var high = covered.count
    while low < high {
      let middle = (low + high) / 2
      if covered[middle] < division { low = middle + 1 } else { high = middle }
    }
    return low < covered.count && covered[low] == division
  }

  /// Both sections of every covered division.
  public func mayWrite(_ space: Space) -> Bool { covers(space.division) }

  /// What it may write, and the notices of its ancestors.
  public func mayRead(_ space: Space) -> Bool {
    covers(space.division) || space.section == .notices && ancestors.contains(space.division)
  }

  /// Whether an office with `other` stands above one with this scope.
  public func isBelow(_ other: Scope) -> Bool {
    ancestors.contains(other.division) || other.division == division && other.rank < rank
  }

  /// Whether an office with `other` may certify one with this scope: it writes nowhere and reads nowhere that
  /// `other` does not, and stands no higher.
  ///
  /// The ancestors count as much as the covered divisions: with others, an enroller could hand out a rank above
  /// its own or a sight of another prefecture's notices.
  public func isWithin(_ other: Scope) -> Bool {
    guard covered.allSatisfy(other.covers) else { return false }
    if division == other.division { return ancestors == other.ancestors }
    let line = [other.division] + other.ancestors
    return Array(ancestors.suffix(line.count)) == line
      && ancestors.dropLast(line.count).allSatisfy(other.covers)
  }
}
