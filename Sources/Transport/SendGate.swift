import NIOCore
import Synchronization

/// Lets senders through while the bytes on their way are few enough, in the order in which they came.
///
/// The channel's own writability is not enough: it changes on the event loop only, and a task can send any
/// amount before the loop has seen the first byte.
final class SendGate: Sendable {
  private typealias Waiter = CheckedContinuation<Result<Void, TransportError>, Never>

  private struct Waiting {
    var id: UInt64
    var bytes: Int
    /// How much may be on its way when this one is let through.
    var room: Int
    var waiter: Waiter
  }

  private struct State {
    var bytes = 0
    var waiting = CircularBuffer<Waiting>()
    var nextID: UInt64 = 0
    var end: TransportError?
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  /// Whether a sender waits for room.
  var holdsSomebodyUp: Bool { state.withLock { !$0.waiting.isEmpty } }

  /// Takes room where there is some and nobody waits for it.
  func tryEnter(_ bytes: Int) -> Bool {
    state.withLock { state in
      guard state.end == nil, state.waiting.isEmpty, state.bytes <= max(0, limit - bytes) else {
        return false
      }
      state.bytes += bytes
      return true
    }
  }

  /// Waits for room and takes it. Something larger than the limit passes alone.
  func enter(_ bytes: Int) async throws(TransportError) {
    try await wait(bytes, room: max(0, limit - bytes))
  }

  /// Waits until everything that entered before has left.
  func drain() async throws(TransportError) {
    try await wait(0, room: 0)
  }

  func leave(_ bytes: Int) {
    let passed = state.withLock { state in
      state.bytes -= bytes
      return Self.admit(&state)
    }
    for waiter in passed { waiter.resume(returning: .success(())) }
  }

  /// Nobody enters any more.
  func close(_ error: TransportError) {
    let refused = state.withLock { state in
      if state.end == nil { state.end = error }
      defer { state.waiting.removeAll() }
      return state.waiting.map(\.waiter)
    }
    for waiter in refused { waiter.resume(returning: .failure(error)) }
  }

  private func wait(_ bytes: Int, room: Int) async throws(TransportError) {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        enqueue(Waiting(id: id, bytes: bytes, room: room, waiter: waiter))
      }
    } onCancel: {
      cancel(id)
    }
    try result.get()
  }

  private func enqueue(_ waiting: Waiting) {
    let answer: Result<Void, TransportError>? = state.withLock { state in
      if let end = state.end { return .failure(end) }
      if Task.isCancelled { return .failure(.cancelled) }
      if state.waiting.isEmpty, state.bytes <= waiting.room {
        state.bytes += waiting.bytes
        return .success(())
      }
      state.waiting.append(waiting)
      return nil
    }
    if let answer { waiting.waiter.resume(returning: answer) }
  }

  private static func admit(_ state: inout State) -> [Waiter] {
    var passed: [Waiter] = []
    while let first = state.waiting.first, state.bytes <= first.room {
      state.bytes += first.bytes
      passed.append(first.waiter)
      state.waiting.removeFirst()
    }
    return passed
  }

  private func cancel(_ id: UInt64) {
    let waiter: Waiter? = state.withLock { state in
      guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
      return state.waiting.remove(at: index).waiter
    }
    waiter?.resume(returning: .failure(.cancelled))
  }
}
