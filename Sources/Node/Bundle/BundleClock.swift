/// What a bundle tells of the clock of whoever made it. A stick may have been long on its way: its time says nothing but
/// where it is later than now, or earlier than something that its maker had before it made the bundle.
struct BundleClock {
  /// What the maker's clock said, in milliseconds since 1970.
  private let madeAt: Int64
  /// The last moment, likewise, of which it is known that the bundle was made after it.
  private var madeAfter = Int64.min

  init(madeAt: Int64) { self.madeAt = madeAt }

  /// Something that the maker held is of this moment, by this office's clock or that of the region.
  mutating func note(held moment: Int64) { madeAfter = max(madeAfter, moment) }

  /// - Parameter now: this clock's time. What is noted of later than that is of a day on which a clock was ahead.
  /// - Returns: how far the maker's clock is at least ahead of this one (or, below 0, behind it), in milliseconds; nil where
  ///   nothing tells.
  func drift(at now: Int64) -> Int64? {
    guard madeAt <= now else { return BundleClock.difference(madeAt, now) }
    return madeAfter <= now && madeAt < madeAfter ? BundleClock.difference(madeAt, madeAfter) : nil
  }

  /// A manifest may state any time at all.
  private static func difference(_ a: Int64, _ b: Int64) -> Int64 {
    let (difference, isOver) = a.subtractingReportingOverflow(b)
    return isOver ? (a < b ? .min : .max) : difference
  }
}
