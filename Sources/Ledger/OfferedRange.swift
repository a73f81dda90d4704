/// A stretch of one branch that a sender has to offer.
public struct OfferedRange: Hashable, Sendable {
  public var log: LogID
  /// The first and the last change.
  public var from: UInt64
  public var to: UInt64
  public var toHash: Hash256

  public init(log: LogID, from: UInt64, to: UInt64, toHash: Hash256) {
    self.log = log
    self.from = from
    self.to = to
    self.toHash = toHash
  }
}

/// Heads that a reader holds of one log, newest first, each further back than the one before.
public struct HeldLog: Hashable, Sendable {
  public struct Point: Hashable, Sendable {
    public var n: UInt64
    public var hash: Hash256

    public init(n: UInt64, hash: Hash256) {
      self.n = n
      self.hash = hash
    }
  }

  public var log: LogID
  public var points: [Point]

  public init(log: LogID, points: [Point]) {
    self.log = log
    self.points = points
  }
}
