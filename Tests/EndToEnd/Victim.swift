import Foundation
import Synchronization
import TestSupport

/// A process that is to be killed at a moment which something else sees; the moment may come before it is known
/// which process it is.
final class Victim: Sendable {
  private struct State {
    var process: Int32?
    var isDue = false
    var isHit = false
  }

  private let state = Mutex(State())

  /// Whether it was killed.
  var isHit: Bool { state.withLock(\.isHit) }

  func aim(at program: Program) {
    state.withLock { state in
      state.process = program.process.identifier
      if state.isDue { Victim.hit(&state) }
    }
  }

  func kill() {
    state.withLock { state in
      state.isDue = true
      Victim.hit(&state)
    }
  }

  private static func hit(_ state: inout State) {
    guard let process = state.process, !state.isHit else { return }
    state.isHit = Foundation.kill(process, SIGKILL) == 0
  }
}
