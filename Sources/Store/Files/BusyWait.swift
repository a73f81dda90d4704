internal import Foundation
internal import Synchronization

/// How a store's connection waits for what another process holds: as `sqlite3_busy_timeout` does, and once it takes long,
/// somebody is told.
final class BusyWait: Sendable {
  private let told: @Sendable () -> Void
  private let sleep: @Sendable (_ milliseconds: Int) -> Void
  private let hasTold = Atomic(false)
  private let isImpatient = Atomic(false)

  /// - Parameters:
  ///   - sleep: lets so much time pass.
  ///   - told: is called on the thread that waits, once for all waits of a store.
  init(
    sleep: @escaping @Sendable (_ milliseconds: Int) -> Void = { usleep(UInt32($0) * 1000) },
    told: @escaping @Sendable () -> Void = {}
  ) {
    self.sleep = sleep
    self.told = told
  }

  /// SQLite's callback (`sqlite3_busy_handler`).
  ///
  /// - Parameter tries: how often it was called before for the same lock.
  /// - Returns: whether to try once more.
  func waits(tries: Int) -> Bool {
    guard !isImpatient.load(ordering: .relaxed) else { return false }
    let waited = BusyWait.milliseconds(before: tries)
    guard waited < BusyWait.limit else { return false }
    if waited >= BusyWait.mention, !hasTold.exchange(true, ordering: .relaxed) { told() }
    sleep(min(BusyWait.pause(tries), BusyWait.limit - waited))
    return true
  }

  /// Waits for nothing in `body`, which only the store's writer runs.
  func skipping<T>(_ body: () throws -> T) rethrows -> T {
    isImpatient.store(true, ordering: .relaxed)
    defer { isImpatient.store(false, ordering: .relaxed) }
    return try body()
  }

  private static let limit = Int(Store.busyTimeout * 1000)
  /// What is over sooner is not worth a word, in milliseconds.
  private static let mention = 2000

  /// SQLite, main.c, `sqliteDefaultBusyCallback`: the pauses before each further try, in milliseconds; the last one stays.
  private static let pauses = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100]

  private static func pause(_ tries: Int) -> Int { pauses[min(tries, pauses.count - 1)] }

  private static func milliseconds(before tries: Int) -> Int {
    let first = pauses.prefix(tries).reduce(0, +)
    return first + max(0, tries - pauses.count) * pauses[pauses.count - 1]
  }
}
