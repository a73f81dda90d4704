/// How far another store has read this one's arrivals (or this store another's).
public struct ArrivalCursor: Hashable, Sendable {
  /// The store that numbered the arrivals: 16 random bytes, new for every copy.
  public var store: [UInt8]
  public var arrival: Int64
  /// The running hash at that arrival, 16 bytes.
  public var running: [UInt8]

  public init(store: [UInt8], arrival: Int64, running: [UInt8]) {
    self.store = store
    self.arrival = arrival
    self.running = running
  }
}
