internal import Ledger

/// Ids for new records. Whoever makes many draws for many at once: every draw of random bytes is a system call.
struct RecordIDs {
  private let surroundings: Surroundings
  private let drawing: Int
  private var random: ArraySlice<UInt8> = []

  /// - Parameter drawing: for how many ids random bytes are drawn at a time.
  init(_ surroundings: Surroundings, drawing: Int) {
    self.surroundings = surroundings
    self.drawing = drawing
  }

  mutating func next() -> RecordID {
    if random.isEmpty { random = surroundings.random(RecordIDs.byteCount * drawing)[...] }
    return RecordID(milliseconds: surroundings.now(), random: (word(), word()))
  }

  private static let byteCount = 16

  private mutating func word() -> UInt64 {
    defer { random = random.dropFirst(8) }
    return random.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
