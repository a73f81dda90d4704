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
    var limit: Int
  }

  private let state: Mutex<State>
  /// Called when reading may go on; from any thread.
  private let resume: @Sendable () -> Void

  init(limit: Int, resume: @escaping @Sendable () -> Void) {
    state = Mutex(State(limit: limit))
    self.resume = resume
  }

  /// Keeps less from here on.
  func narrow(to limit: Int) {
    state.withLock { $0.limit = min($0.limit, limit) }
  }

  /// Whether what lies here is enough for now.
  var holdsReadingBack: Bool { state.withLock(\.isPaused) }

  /// Whether there is room. A refusal is made good by one call of `resume`.
  func hasRoom() -> Bool {
    state.withLock { state in
      state.isPaused = state.bytes >= state.limit && state.end == nil
      return !state.isPaused
    }
  }

  /// Takes what one turn of the event loop has brought: all at once, so that the taker wakes but once.
  func push(_ frames: [Frame]) {
    let woken: (waiter: Waiter, frame: Frame)? = state.withLock { state in
      guard state.end == nil, let first = frames.first else { return nil }
      var rest = frames[...]
      defer {
        for frame in rest {
          state.frames.append(frame)
          state.bytes += frame.wireLength
        }
      }
      guard let waiter = state.waiter else { return nil }
      state.waiter = nil
      rest = rest.dropFirst()
      return (waiter, first)
    }
    if let woken { woken.waiter.resume(returning: .success(woken.frame)) }
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

  func nextIfArrived() -> Frame? {
    let (frame, mayResume) = state.withLock { Self.removeFirst(&$0) }
    if mayResume { resume() }
    return frame
  }

  private func take(orWait waiter: Waiter) {
    var mayResume = false
    let answer: Result<Frame?, TransportError>? = state.withLock { state in
      let (frame, hasDrained) = Self.removeFirst(&state)
      mayResume = hasDrained
      if let frame { return .success(frame) }
      if let end = state.end { return end }
      if Task.isCancelled { return .failure(.cancelled) }
      precondition(state.waiter == nil, "two tasks take frames from one connection")
      state.waiter = waiter
      return nil
    }
    if let answer { waiter.resume(returning: answer) }
    if mayResume { resume() }
  }

  private static func removeFirst(_ state: inout State) -> (Frame?, mayResume: Bool) {
    guard let frame = state.frames.popFirst() else { return (nil, false) }
    state.bytes -= frame.wireLength
    guard state.isPaused, state.bytes <= state.limit / 2 else { return (frame, false) }
    state.isPaused = false
    return (frame, true)
  }

  private func cancelWaiting() {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: .failure(.cancelled))
  }
}
