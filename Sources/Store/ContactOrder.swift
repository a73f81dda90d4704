/// Which of several contacts was the last, by stamps of this computer's clock in milliseconds since 1970. One that lies
/// ahead was made on a day on which the clock was ahead: it comes before all others, or it would be the last one for years.
public struct ContactOrder: Sendable {
  private let now: Int64

  /// - Parameter now: the clock's time, in milliseconds since 1970.
  public init(now: Int64) { self.now = now }

  public func precedes(_ a: Int64, _ b: Int64) -> Bool { ((a <= now ? 1 : 0), a) < ((b <= now ? 1 : 0), b) }

  /// - Returns: nil of none.
  public func last(of times: some Sequence<Int64>) -> Int64? { times.max(by: precedes) }
}
