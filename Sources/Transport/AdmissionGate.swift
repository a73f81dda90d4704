import Synchronization

/// Who may connect: so many in all, so many from one address.
final class AdmissionGate: Sendable {
  enum Verdict: Hashable {
    case admitted
    /// Told why and closed. These are counted as well, or a refusal would cost more than a connection.
    case refused
    /// Closed at once.
    case dropped
  }

  private struct State {
    var admitted = 0
    var byHost: [String: Int] = [:]
    var refused = 0
  }

  private let state = Mutex(State())
  private let limits: ListenerLimits

  init(limits: ListenerLimits) {
    self.limits = limits
  }

  func enter(_ host: String) -> Verdict {
    state.withLock { state in
      if state.admitted < limits.connections, state.byHost[host, default: 0] < limits.connectionsPerHost {
        state.admitted += 1
        state.byHost[host, default: 0] += 1
        return .admitted
      }
      guard state.refused < limits.connections else { return .dropped }
      state.refused += 1
      return .refused
    }
  }

  func leave(_ host: String, after verdict: Verdict) {
    state.withLock { state in
      switch verdict {
      case .admitted:
        state.admitted -= 1
        let left = state.byHost[host, default: 0] - 1
        state.byHost[host] = left > 0 ? left : nil
      case .refused:
        state.refused -= 1
      case .dropped:
        break
      }
    }
  }
}

/// How many connections a listener has at a time.
public struct ListenerLimits: Sendable {
  public var connections: Int
  /// Offices behind one router share an address.
  public var connectionsPerHost: Int

  public init(connections: Int = 256, connectionsPerHost: Int = 64) {
    self.connections = connections
    self.connectionsPerHost = connectionsPerHost
  }
}
