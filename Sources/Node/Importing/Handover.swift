internal import Foundation

/// Hands portions of work from one thread to another: a few may wait, so that neither side runs far ahead.
///
/// `@unchecked Sendable`: all that changes is touched with `condition` held, and portions are `Sendable`.
final class Handover<Portion: Sendable>: @unchecked Sendable {
  private static var room: Int { 4 }

  // Guarded by `condition`.
  private var waiting: [Portion] = []
  private var outcome: Result<Void, any Error>?
  private var isAbandoned = false
  private let condition = NSCondition()

  /// Starts `work` on a thread of its own; what it puts in comes out of `take`, and so does its error.
  init(_ work: @escaping @Sendable (Handover) throws -> Void) {
    Thread.detachNewThread { [self] in
      let outcome = Result { try work(self) }
      locked { self.outcome = outcome }
    }
  }

  private func locked<R>(_ body: () -> R) -> R {
    condition.lock()
    defer {
      condition.broadcast()
      condition.unlock()
    }
    return body()
  }

  /// - Throws: `CancellationError` where nobody takes any more.
  func put(_ portion: Portion) throws {
    try locked {
      while waiting.count >= Handover.room, !isAbandoned { condition.wait() }
      waiting.append(portion)
      return isAbandoned ? Result<Void, any Error>.failure(CancellationError()) : .success(())
    }.get()
  }

  /// The next portion; nil where that was all.
  func take() throws -> Portion? {
    try locked { () -> Result<Portion?, any Error> in
      while waiting.isEmpty, outcome == nil { condition.wait() }
      if !waiting.isEmpty { return .success(waiting.removeFirst()) }
      return outcome!.map { nil }
    }.get()
  }

  /// Nothing is taken any more: the work ends at its next portion. It has ended when this returns.
  func abandon() {
    locked {
      isAbandoned = true
      condition.broadcast()
      while outcome == nil { condition.wait() }
    }
  }
}
