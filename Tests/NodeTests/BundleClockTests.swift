import Testing

@testable import Node

/// What a bundle's time says of its maker's clock.
struct BundleClockTests {
  private func drift(_ madeAt: Int64, held: Int64..., now: Int64) -> Int64? {
    var clock = BundleClock(madeAt: madeAt, now: now)
    for moment in held { clock.note(held: moment) }
    return clock.drift
  }

  @Test func aStickThatWasLongOnItsWaySaysNothing() {
    #expect(drift(1_000, now: 9_000) == nil)
    #expect(drift(1_000, held: 500, 900, now: 9_000) == nil)
    #expect(drift(9_000, held: 9_000, now: 9_000) == nil)
  }

  @Test func laterThanNowIsAhead() {
    #expect(drift(9_500, now: 9_000) == 500)
    #expect(drift(9_500, held: 8_000, now: 9_000) == 500)
  }

  @Test func earlierThanWhatItsMakerHeldIsBehind() {
    #expect(drift(1_000, held: 4_000, 3_000, now: 9_000) == -3_000)
    // Of a day on which a clock was ahead: it says nothing, and silences nothing.
    #expect(drift(1_000, held: 9_001, now: 9_000) == nil)
    #expect(drift(1_000, held: 9_001, 4_000, now: 9_000) == -3_000)
  }

  /// For every time that a manifest may state.
  @Test func invariant8NoTimeTraps() {
    for madeAt in [Int64.min, .min + 1, -1, 0, 1, .max - 1, .max] {
      for now in [Int64.min, -1, 0, 1, .max] {
        for held in [Int64.min, 0, .max] {
          let drift = drift(madeAt, held: held, now: now)
          #expect(drift == nil || (drift! > 0) == (madeAt > now), "\(madeAt) \(now) \(held)")
        }
      }
    }
  }
}
