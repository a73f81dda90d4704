import Ledger
import Replication
import Store
import Trust
import Wire

@testable import Node

/// One session between two nodes, moved on an effect or a message at a time by whoever holds it.
///
/// Between the two lies a stream of bytes each way. It can end at any byte: what the other side has got by
/// then is all that it gets.
final class Conversation {
  /// Where the link breaks: within which message, and after how much of it.
  struct Cut {
    let message: Int
    let permille: Int
  }

  private struct End {
    let role: Int
    let node: LocalNode
    let port: StorePort
    var session: Session
    var effects: [Session.Effect]
    var inbox: [UInt8] = []
    var isOver = false
  }

  /// What a side may be told beside messages.
  enum Word { case localCommit, idle, stop }

  private var ends: [End]
  private let cut: Cut?
  private var messages = 0
  private(set) var isCut = false
  /// Whether the link broke within a frame of changes.
  private(set) var hasCutChanges = false
  /// Whether one side sent what its machine did not ask for.
  private(set) var hasInjected = false
  /// Whether a side was told what a driver tells no session, or only one that watches: it may break off by that.
  private var wasDisturbed = false
  /// Told of every message that is sent: by whom, to whom.
  private let tap: (_ from: Int, _ to: Int, Message) -> Void
  /// Told of every message when it is made out of the store, before anything more happens: what its sender knew then it
  /// is judged by.
  private let made: (_ from: Int, _ to: Int, Message) -> Void
  private(set) var converged = [false, false]
  private(set) var failures: [any Error] = []
  /// The messages that were sent, by side and type, for whoever reads a failure.
  private(set) var trail: [String] = []

  init(
    _ dialler: (role: Int, node: LocalNode), _ listener: (role: Int, node: LocalNode), cut: Cut? = nil,
    watches: Bool = false, tap: @escaping (Int, Int, Message) -> Void = { _, _, _ in },
    made: @escaping (Int, Int, Message) -> Void = { _, _, _ in }
  ) throws {
    self.cut = cut
    self.tap = tap
    self.made = made
    ends = try [(dialler, listener, true), (listener, dialler, false)].map { own, other, isInitiator in
      let peer = try TrustedPeer(chain: other.node.identity.chain.map(\.der), node: own.node)
      let port = try StorePort(own.node, peer: peer, isInitiator: isInitiator)
      var session = Session(isInitiator: isInitiator, watches: watches)
      let hello = try port.hello(watches: watches)
      made(own.role, other.role, .hello(hello))
      let effects = session.handle(.opened(hello))
      return End(role: own.role, node: own.node, port: port, session: session, effects: effects)
    }
  }

  var roles: [Int] { ends.map(\.role) }
  var isOver: Bool { ends.allSatisfy(\.isOver) }
  /// Changes that were new to each side.
  var received: [Int] { ends.map(\.port.received) }

  /// One effect, or one message taken in. Nothing where that side has to wait.
  @discardableResult
  func step(_ side: Int) -> Bool {
    guard !ends[side].isOver else { return false }
    do {
      if !ends[side].effects.isEmpty {
        try carryOut(ends[side].effects.removeFirst(), side)
        return true
      }
      if let message = try nextMessage(side) {
        handle(.received(message), side)
        return true
      }
    } catch {
      failures.append(error)
      if let failure = (error as? SessionError)?.toldToPeer { send(.failure(failure), side) }
      close(side)
      return true
    }
    // The other side has gone, and nothing of what it sent is left.
    guard isCut || ends[1 - side].isOver else { return false }
    if !isCut, failures.isEmpty, !wasDisturbed, !ends[side].session.isAtRest {
      failures.append(LinkError.lost(.unfinished))
    }
    close(side)
    return true
  }

  func tell(_ word: Word, _ side: Int) {
    guard !ends[side].isOver, ends[side].effects.isEmpty else { return }
    if word == .stop || !ends[side].session.isWatching { wasDisturbed = true }
    switch word {
    case .localCommit: handle(.localCommit, side)
    case .idle: handle(.idle, side)
    case .stop: handle(.stop, side)
    }
  }

  private func handle(_ event: Session.Event, _ side: Int) {
    let effects = ends[side].session.handle(event)
    for case .send(let message) in effects {
      // It was made when the session was opened.
      if case .hello = message { continue }
      made(ends[side].role, ends[1 - side].role, message)
    }
    ends[side].effects += effects
  }

  /// A side's process is gone: what it had in memory is lost, the other sees the link end.
  func abandon(role: Int) {
    for side in ends.indices where ends[side].role == role { ends[side].isOver = true }
    isCut = true
  }

  /// Sends what the machine did not ask for, as a hostile peer would.
  ///
  /// - Returns: whether the link stood.
  func inject(_ message: Message, from side: Int) -> Bool {
    guard !ends[side].isOver, !isCut else { return false }
    hasInjected = true
    send(message, side)
    return true
  }

  /// Both sides by turns, to the end.
  func run() {
    while step(0) || step(1) {}
  }

  private func carryOut(_ effect: Session.Effect, _ side: Int) throws {
    switch effect {
    case .send(let message): send(message, side)
    case .checkpoint(let checkpoint): converged[side] = checkpoint.converged && ends[side].port.refused == 0
    case .finish: close(side)
    case .fail(let error): throw error
    default:
      if let event = try ends[side].port.perform(effect) {
        handle(event, side)
      }
    }
  }

  private func close(_ side: Int) {
    ends[side].isOver = true
    try? ends[side].port.noteEnd()
  }

  private func send(_ message: Message, _ side: Int) {
    guard !isCut else { return }
    tap(ends[side].role, ends[1 - side].role, message)
    trail.append("\(side):\(message.type)")
    let payload = message.encoded()
    var bytes = (0..<4).map { UInt8(truncatingIfNeeded: payload.count >> (24 - 8 * $0)) }
    bytes.append(message.type)
    bytes += payload
    if let cut, cut.message == messages {
      if case .changes = message { hasCutChanges = true }
      bytes = Array(bytes.prefix(bytes.count * cut.permille / 1000))
      isCut = true
    }
    messages += 1
    ends[1 - side].inbox += bytes
  }

  private func nextMessage(_ side: Int) throws -> Message? {
    let inbox = ends[side].inbox
    guard inbox.count >= 5 else { return nil }
    let length = inbox[0..<4].reduce(0) { $0 << 8 | Int($1) }
    guard inbox.count >= 5 + length else { return nil }
    ends[side].inbox = Array(inbox[(5 + length)...])
    do throws(WireFault) {
      return try Message(type: inbox[4], payload: Array(inbox[5..<5 + length]))
    } catch {
      throw SessionError.badMessage(error)
    }
  }
}
