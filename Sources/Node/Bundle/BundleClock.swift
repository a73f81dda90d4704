/// What a bundle tells of the clock of whoever made it. A stick may have been long on its way: its time says nothing but
/// where it is later than now, or earlier than something that its maker had before it made the bundle.
struct BundleClock {
  /// What the maker's clock said, in milliseconds since 1970.
  private let madeAt: Int64
  /// This clock's time, likewise.
  private let now: Int64
  /// The last moment of which it is known that the bundle was made after it.
  private var madeAfter = Int64.min

  init(madeAt: Int64, now: Int64) { (self.madeAt, self.now) = (madeAt, now) }

  /// Something that the maker held is of this moment, by this office's clock or that of the region. What is later than now
  /// is of a day on which a clock was ahead.
  mutating func note(held moment: Int64) {
    if moment <= now { madeAfter = max(madeAfter, moment) }
  }

  /// How far the maker's clock is at least ahead of this one (or, below 0, behind it), in milliseconds; nil where nothing
  /// tells.
  var drift: Int64? {
    guard madeAt <= now else { return BundleClock.difference(madeAt, now) }
    return madeAt < madeAfter ? BundleClock.difference(madeAt, madeAfter) : nil
  }

  /// A manifest may state any time at all.
  private static func difference(_ a: Int64, _ b: Int64) -> Int64 {
    let (difference, isOver) = a.subtractingReportingOverflow(b)
    return isOver ? (a < b ? .min : .max) : difference
  }
}
