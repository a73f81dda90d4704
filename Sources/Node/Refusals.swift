internal import Ledger
internal import Store
internal import Wire

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
  /// By log, the first number that was refused of it: of so many logs as a session may name.
  private var firsts: [LogID: UInt64] = [:]

  /// Stretches.
  var count: Int { places.count + beyond.places }
  var changeCount: Int { places.values.reduce(beyond.changes, +) }

  func contains(_ place: Place) -> Bool { places[place] != nil }

  /// Whether something of a log that comes before what follows change `n` was refused.
  func precede(_ n: UInt64, of log: LogID) -> Bool { firsts[log].map { $0 <= n } ?? false }

  mutating func insert(_ place: Place, changes: Int) {
    if firsts.count < Limits.logsPerSession || firsts[place.log] != nil {
      firsts[place.log] = min(firsts[place.log] ?? place.n, place.n)
    }
    if places.count < Refusals.most || contains(place) {
      places[place] = max(places[place] ?? 0, changes)
    } else {
      beyond = (beyond.places + 1, beyond.changes + changes)
    }
  }

  mutating func remove(_ place: Place) {
    places[place] = nil
    if firsts[place.log] == place.n { firsts[place.log] = nil }
  }
}
