import Foundation
import Testing

/// What blocks in a test of this target blocks no thread of Swift's own pool.
@Suite(.offPool) struct OffPoolTests {
  @Test func aTestOfThisTargetRunsOnAThreadApart() { #expect(OperationQueue.current != nil) }

  @Test func oneThatWaitsComesBackToSuchAThread() async {
    await Task.detached {}.value
    #expect(OperationQueue.current != nil)
  }
}
