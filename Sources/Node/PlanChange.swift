public import Campaign
internal import Store

/// That another campaign pack came into force by what was taken in: a later one, or a former one where that in force
/// counts no more.
public struct PlanChange: Sendable, Equatable {
  public struct Plan: Sendable, Equatable {
    public var pack: Pack
    /// Whether somebody with the right to issued it; else the store came with it.
    public var isIssued: Bool

    init(_ snapshot: Snapshot) throws {
      pack = try snapshot.pack()
      isIssued = try snapshot.meta(.packIssued) != nil
    }
  }

  public var former: Plan
  public var now: Plan

  /// - Returns: nil where it is the same pack.
  init?(from former: Plan, to now: Plan) {
    guard former.pack != now.pack else { return nil }
    self.former = former
    self.now = now
  }

  /// Of two in succession; nil where the second one takes the first one back.
  init?(_ first: PlanChange?, then second: PlanChange?) {
    guard let former = (first ?? second)?.former, let now = (second ?? first)?.now else { return nil }
    self.init(from: former, to: now)
  }

  /// The way back.
  var reversed: PlanChange {
    var change = self
    (change.former, change.now) = (now, former)
    return change
  }
}
