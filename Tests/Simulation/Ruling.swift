import Ledger

/// What the region said of an office, and what it held of that office's when it did.
struct Ruling {
  enum Word { case revoked, reinstated, narrowed, widened }

  let word: Word
  let node: NodeID
  /// The change that says so.
  let said: LogHead
  /// What was counted of the office's logs at the region, and so counts whatever is taken back.
  let honoured: [LogHead]
  /// For each record the operations that the region held.
  let held: [Set<Int>]
  /// What it showed of what was written in the county.
  let titles: Set<String>

  private var isOfScope: Bool { word == .narrowed || word == .widened }

  /// Whether a head is one of those that were counted, or lies before one.
  func honours(_ head: LogHead) -> Bool {
    honoured.contains { $0.log == head.log && (head.n < $0.n || head == $0) }
  }

  /// Whether it takes back what an office wrote in a division.
  func concerns(_ division: String) -> Bool {
    word == .revoked || word == .narrowed && division == Cast.county
  }

  /// Those of some rulings, in the order in which they were said, that take something back still.
  static func standing(_ rulings: [Ruling]) -> [Ruling] {
    rulings.enumerated().filter { place, ruling in
      (ruling.word == .revoked || ruling.word == .narrowed)
        && !rulings[(place + 1)...].contains { $0.node == ruling.node && $0.isOfScope == ruling.isOfScope }
    }.map(\.element)
  }
}
