import Foundation
import Testing

/// Tests that wait for processes block a thread while they do. Swift's own pool has a thread a core, and whoever
/// blocks one keeps every other test of the run waiting, those with deadlines too; so these have threads apart.
struct OffPool: SuiteTrait, TestTrait, TestScoping {
  let isRecursive = true

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    try await withTaskExecutorPreference(BlockingThreads.shared) { try await function() }
  }
}

extension Trait where Self == OffPool {
  /// For suites whose tests block.
  static var offPool: Self { OffPool() }
}

/// As many threads as there are cores: the programs that the tests start need those as well.
private final class BlockingThreads: TaskExecutor {
  static let shared = BlockingThreads()
  private let queue = OperationQueue()

  init() {
    queue.maxConcurrentOperationCount = max(2, ProcessInfo.processInfo.activeProcessorCount)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.addOperation { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
