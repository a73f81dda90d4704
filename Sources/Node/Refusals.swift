internal import Ledger
internal import Store

/// What was refused in a session and is still set aside. Of so many stretches that no honest peer has them only the
/// number is kept: they count as refused to the end.
struct Refusals {
  struct Place: Hashable {
    var log: LogID
    var n: UInt64
    var hash: Hash256?

    init(log: LogID, n: UInt64, hash: Hash256?) {
      self.log = log
      self.n = n
      self.hash = hash
    }

    init(_ stretch: RefusedStretch) { self.init(log: stretch.log, n: stretch.n, hash: stretch.hash) }
  }

  /// As many as are noted in the quarantine.
  static let most = Commit.quarantineRowLimit

  /// How many changes each has.
  private(set) var places: [Place: Int] = [:]
  private var beyond = (places: 0, changes: 0)

  /// Stretches.
  var count: Int { places.count + beyond.places }
  var changeCount: Int { places.values.reduce(beyond.changes, +) }

  func contains(_ place: Place) -> Bool { places[place] != nil }

  mutating func insert(_ place: Place, changes: Int) {
    if places.count < Refusals.most || contains(place) {
      places[place] = max(places[place] ?? 0, changes)
    } else {
      beyond = (beyond.places + 1, beyond.changes + changes)
    }
  }

  mutating func remove(_ place: Place) { places[place] = nil }
}
