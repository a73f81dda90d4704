internal import Synchronization

/// Says once that an end is wanted. What is in flight is finished first: it is a wish, where cancellation is not.
public final class StopSignal: Sendable {
  private struct State {
    var hasFired = false
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    var next = 0
  }

  private let state = Mutex(State())

  public init() {}

  public var hasFired: Bool { state.withLock(\.hasFired) }

  public func fire() {
    let waiters = state.withLock { state in
      state.hasFired = true
      defer { state.waiters = [:] }
      return state.waiters.values
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns once the signal has fired, or the task is cancelled.
  public func wait() async {
    let place = state.withLock { state in
      state.next += 1
      return state.next
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let isOver = state.withLock { state in
          if state.hasFired || Task.isCancelled { return true }
          state.waiters[place] = waiter
          return false
        }
        if isOver { waiter.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: place) }?.resume()
    }
  }

  /// Waits so long, or until the signal fires.
  /// - Returns: whether the time passed without it.
  func sleep(_ duration: Duration) async -> Bool {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await Task.sleep(for: duration) }
      group.addTask { await self.wait() }
      await group.next()
      group.cancelAll()
    }
    return !hasFired && !Task.isCancelled
  }
}
