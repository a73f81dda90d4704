/// One change, exactly: its log, its number there, and the first eight bytes of its hash, so that a
/// reference is exact even where a log has two branches.
public struct ChangeRef: Hashable, Sendable, Comparable {
  public var log: LogID
  public var n: UInt64
  public var hashPrefix: UInt64

  public init(log: LogID, n: UInt64, hashPrefix: UInt64) {
    self.log = log
    self.n = n
    self.hashPrefix = hashPrefix
  }

  public static func < (a: ChangeRef, b: ChangeRef) -> Bool {
    if a.log != b.log { return a.log < b.log }
    if a.n != b.n { return a.n < b.n }
    return a.hashPrefix < b.hashPrefix
  }
}

/// One write: the k-th of a change, counted from 1 in the order of its skeleton (record, cell, element).
public struct Dot: Hashable, Sendable, Comparable {
  public var change: ChangeRef
  public var k: UInt32

  public init(change: ChangeRef, k: UInt32) {
    self.change = change
    self.k = k
  }

  public static func < (a: Dot, b: Dot) -> Bool {
    a.change != b.change ? a.change < b.change : a.k < b.k
  }
}

extension ChangeRef {
  /// As its own log names it, whichever branch that means.
  public var unhashed: ChangeRef { ChangeRef(log: log, n: n, hashPrefix: 0) }
}

extension Dot {
  /// As its own log names it, whichever branch that means.
  public var unhashed: Dot { Dot(change: change.unhashed, k: k) }

  /// Whether both may mean one write: where either is named as its own log does, on whichever branch.
  public func mayBe(_ other: Dot) -> Bool {
    self == other
      || unhashed == other.unhashed && (change.hashPrefix == 0 || other.change.hashPrefix == 0)
  }

  /// What a write is called in another space, where a record is made anew with it: by its author and number, of a log that
  /// nobody writes. Its epoch is a hash of the log that the write is of, so that it is none of the author's own there, and
  /// whoever holds that log finds the write by it.
  public func carried(to space: Space) -> Dot {
    let log = change.log
    let epoch = Hash256(hashing: HashTag.carried.bytes + log.canonicalBytes).prefix
    let carried = LogID(node: log.node, space: space, epoch: epoch)
    return Dot(change: ChangeRef(log: carried, n: change.n, hashPrefix: change.hashPrefix), k: k)
  }
}
