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

  private(set) var places: Set<Place> = []
  private var beyond = 0
  /// By log, the first number that was refused of it: of so many logs as a session may name.
  private var firsts: [LogID: UInt64] = [:]

  var count: Int { places.count + beyond }

  func contains(_ place: Place) -> Bool { places.contains(place) }

  /// Whether something of a log that comes before what follows change `n` was refused.
  func precede(_ n: UInt64, of log: LogID) -> Bool { firsts[log].map { $0 <= n } ?? false }

  mutating func insert(_ place: Place) {
    if firsts.count < Limits.logsPerSession || firsts[place.log] != nil {
      firsts[place.log] = min(firsts[place.log] ?? place.n, place.n)
    }
    if places.count < Refusals.most || places.contains(place) { places.insert(place) } else { beyond += 1 }
  }

  mutating func remove(_ place: Place) {
    places.remove(place)
    if firsts[place.log] == place.n { firsts[place.log] = nil }
  }
}
