internal import Campaign
internal import Store

/// That another campaign pack came into force by what was taken in: a later one, or a former one where that in force
/// counts no more.
public struct PlanChange: Sendable, Equatable {
  public var formerVersion: Int
  public var version: Int

  /// - Parameter former: the pack that was in force before.
  /// - Returns: nil where it still is.
  init?(since former: Pack, _ snapshot: Snapshot) throws {
    let pack = try snapshot.pack()
    guard pack != former else { return nil }
    formerVersion = former.info.version
    version = pack.info.version
  }

  /// Of two in succession.
  init?(_ first: PlanChange?, then second: PlanChange?) {
    guard let one = first ?? second else { return nil }
    formerVersion = one.formerVersion
    version = (second ?? one).version
  }
}
