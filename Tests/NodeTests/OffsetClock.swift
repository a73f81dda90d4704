import Synchronization

@testable import Node

/// A computer's clock that is off by as much as a test says.
final class OffsetClock: Sendable {
  private let offset = Mutex<Int64>(0)
  /// Milliseconds since 1970.
  var now: Int64 { Surroundings.system.now() + offset.withLock { $0 } }
  /// - Parameter offset: how far it is ahead, in milliseconds.
  func set(_ offset: Int64) { self.offset.withLock { $0 = offset } }
}
