import Ledger

/// How many branches of a log with too many are to count, as `--keep-branches` takes it.
enum KeptBranches {
  /// - Throws: `UsageError` of a number that no log may have.
  static func require(_ count: Int) throws {
    guard (0...LogLimits.branches).contains(count) else {
      throw UsageError(
        chinese: "--keep-branches 应在 0 至 \(LogLimits.branches) 之间。",
        english: "--keep-branches takes 0 to \(LogLimits.branches).")
    }
  }
}
