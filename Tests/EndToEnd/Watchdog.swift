import Foundation
import Synchronization
import TestSupport

/// Kills a program once so much time has passed, unless it is called off.
final class Watchdog: Sendable {
  private enum State { case watching, calledOff, fired }

  private let state = Mutex(State.watching)

  init(_ process: ChildProcess, after seconds: Int) {
    DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) { [weak self, weak process] in
      self?.state.withLock { state in
        guard state == .watching else { return }
        state = .fired
        process?.signal(SIGKILL)
      }
    }
  }

  /// Calls it off.
  /// - Returns: whether it was too late.
  func end() -> Bool {
    state.withLock { state in
      if state == .watching { state = .calledOff }
      return state == .fired
    }
  }
}
