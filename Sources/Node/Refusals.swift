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
  /// By log, how many places of each number are kept.
  private var numbers: [LogID: [UInt64: Int]] = [:]
  /// By log, the first number of what is only counted: of so many logs as a session may name.
  private var beyondFirsts: [LogID: UInt64] = [:]
  /// By log, the first number of either.
  private var firsts: [LogID: UInt64] = [:]

  /// Stretches.
  var count: Int { places.count + beyond.places }
  var changeCount: Int { places.values.reduce(beyond.changes, +) }

  func contains(_ place: Place) -> Bool { places[place] != nil }

  /// Whether something of a log that comes before what follows change `n` was refused.
  func precede(_ n: UInt64, of log: LogID) -> Bool { firsts[log].map { $0 <= n } ?? false }

  mutating func insert(_ place: Place, changes: Int) {
    if places.count < Refusals.most || contains(place) {
      if !contains(place) { numbers[place.log, default: [:]][place.n, default: 0] += 1 }
      places[place] = max(places[place] ?? 0, changes)
    } else {
      beyond = (beyond.places + 1, beyond.changes + changes)
      guard beyondFirsts.count < Limits.logsPerSession || beyondFirsts[place.log] != nil else { return }
      beyondFirsts[place.log] = min(beyondFirsts[place.log] ?? place.n, place.n)
    }
    firsts[place.log] = min(firsts[place.log] ?? place.n, place.n)
  }

  mutating func remove(_ place: Place) {
    guard places.removeValue(forKey: place) != nil else { return }
    var left = numbers[place.log] ?? [:]
    left[place.n] = left[place.n].flatMap { $0 > 1 ? $0 - 1 : nil }
    numbers[place.log] = left.isEmpty ? nil : left
    guard firsts[place.log] == place.n, left[place.n] == nil else { return }
    firsts[place.log] = (Array(left.keys) + [beyondFirsts[place.log]].compactMap(\.self)).min()
  }
}
