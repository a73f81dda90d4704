import Synchronization

/// Who may connect: so many in all, so many from one address. Whoever has not proved itself yet makes room for
/// a newcomer, the oldest first: silent sockets push out one another, and a peer that goes on with its
/// handshake gets in between them.
final class AdmissionGate: Sendable {
  enum Verdict: Hashable {
    case admitted(Ticket)
    /// Told why and closed. These are counted as well, or a refusal would cost more than a connection.
    case refused
    /// Closed at once.
    case dropped
  }

  /// A place that was given out; a lower one was given out earlier.
  struct Ticket: Hashable, Comparable {
    fileprivate let number: UInt64

    static func < (a: Ticket, b: Ticket) -> Bool { a.number < b.number }
  }

  private struct Guest {
    var host: String
    /// Closes one that has not proved itself; nil once it has.
    var pushOut: (@Sendable () -> Void)?
  }

  private struct State {
    var guests: [Ticket: Guest] = [:]
    var byHost: [String: Int] = [:]
    var refused = 0
    var last: UInt64 = 0

    mutating func remove(_ ticket: Ticket) -> Guest? {
      guard let guest = guests.removeValue(forKey: ticket) else { return nil }
      let left = byHost[guest.host, default: 0] - 1
      byHost[guest.host] = left > 0 ? left : nil
      return guest
    }

    /// The one that makes room: of the same address where that is full.
    mutating func makeRoom(for host: String, isHostFull: Bool) -> Guest? {
      guests.filter { $1.pushOut != nil && (!isHostFull || $1.host == host) }.keys.min().flatMap {
        remove($0)
      }
    }
  }

  private let state = Mutex(State())
  private let limits: ListenerLimits

  init(limits: ListenerLimits) {
    self.limits = limits
  }

  /// - Parameter pushOut: closes the newcomer, should it have to make room before it has proved itself.
  func enter(_ host: String, pushOut: @escaping @Sendable () -> Void) -> Verdict {
    let (verdict, pushedOut) = state.withLock { state -> (Verdict, Guest?) in
      let isHostFull = state.byHost[host, default: 0] >= limits.connectionsPerHost
      var pushedOut: Guest?
      if isHostFull || state.guests.count >= limits.connections {
        pushedOut = state.makeRoom(for: host, isHostFull: isHostFull)
        guard pushedOut != nil else {
          guard state.refused < limits.connections else { return (.dropped, nil) }
          state.refused += 1
          return (.refused, nil)
        }
      }
      state.last += 1
      let ticket = Ticket(number: state.last)
      state.guests[ticket] = Guest(host: host, pushOut: pushOut)
      state.byHost[host, default: 0] += 1
      return (.admitted(ticket), pushedOut)
    }
    pushedOut?.pushOut?()
    return verdict
  }

  /// The dialler has proved itself: it keeps its place as long as it stays.
  func noteEstablished(_ ticket: Ticket) {
    state.withLock { $0.guests[ticket]?.pushOut = nil }
  }

  func leave(after verdict: Verdict) {
    state.withLock { state in
      switch verdict {
      case .admitted(let ticket): _ = state.remove(ticket)
      case .refused: state.refused -= 1
      case .dropped: break
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
