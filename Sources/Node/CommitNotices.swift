internal import Store
internal import Synchronization

/// Tells the sessions of a process that changes were committed to the store, by whatever session or process.
final class CommitNotices: Sendable {
  private struct State {
    var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    var next = 0
  }

  private let state = Mutex(State())

  /// A notice for each time that something was committed; several that nobody has looked at are one.
  func listen() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let place = state.withLock { state in
      state.next += 1
      state.listeners[state.next] = continuation
      return state.next
    }
    continuation.onTermination = { [weak self] _ in
      _ = self?.state.withLock { $0.listeners.removeValue(forKey: place) }
    }
    return stream
  }

  /// Looks every so often, until the task is cancelled.
  func run(_ watch: StoreWatch, every interval: Duration) async {
    while (try? await Task.sleep(for: interval)) != nil {
      // Where the store cannot be read the sessions are woken too: they find out, and say so.
      if (try? watch.hasNewChanges()) ?? true { tell() }
    }
  }

  private func tell() {
    for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield() }
  }
}
