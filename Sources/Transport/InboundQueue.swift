import NIOCore
import Synchronization

/// Frames between the event loop and the one task that takes them. It is bounded by bytes, not by number:
/// frames differ in size by a factor of a million.
final class InboundQueue: Sendable {
  private typealias Waiter = CheckedContinuation<Result<Frame?, TransportError>, Never>

  private struct State {
    var frames = CircularBuffer<Frame>()
    var bytes = 0
    var waiter: Waiter?
    var end: Result<Frame?, TransportError>?
    var isPaused = false
  }

  private let state = Mutex(State())
  private let limit: Int
  /// Called when reading may go on; from any thread.
  private let resume: @Sendable () -> Void

  init(limit: Int, resume: @escaping @Sendable () -> Void) {
    self.limit = limit
    self.resume = resume
  }

  /// Whether there is room. A refusal is made good by one call of `resume`.
  func hasRoom() -> Bool {
    state.withLock { state in
      state.isPaused = state.bytes >= limit && state.end == nil
      return !state.isPaused
    }
  }

  func push(_ frame: Frame) {
    let waiter: Waiter? = state.withLock { state in
      guard state.end == nil else { return nil }
      if let waiter = state.waiter {
        state.waiter = nil
        return waiter
      }
      state.frames.append(frame)
      state.bytes += frame.wireLength
      return nil
    }
    waiter?.resume(returning: .success(frame))
  }

  /// No more frames. Those that have come are still given out, then the error or nil.
  func finish(_ error: TransportError?) {
    let end: Result<Frame?, TransportError> = error.map { .failure($0) } ?? .success(nil)
    let waiter = state.withLock { state in
      guard state.end == nil else { return nil as Waiter? }
      state.end = end
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: end)
  }

  func next() async throws(TransportError) -> Frame? {
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in take(orWait: waiter) }
    } onCancel: {
      cancelWaiting()
    }
    return try result.get()
  }

  private func take(orWait waiter: Waiter) {
    var mayResume = false
    let answer: Result<Frame?, TransportError>? = state.withLock { state in
      if let frame = state.frames.popFirst() {
        state.bytes -= frame.wireLength
        mayResume = state.isPaused && state.bytes <= limit / 2
        if mayResume { state.isPaused = false }
        return .success(frame)
      }
      if let end = state.end { return end }
      if Task.isCancelled { return .failure(.cancelled) }
      precondition(state.waiter == nil, "two tasks take frames from one connection")
      state.waiter = waiter
      return nil
    }
    if let answer { waiter.resume(returning: answer) }
    if mayResume { resume() }
  }

  private func cancelWaiting() {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: .failure(.cancelled))
  }
}
