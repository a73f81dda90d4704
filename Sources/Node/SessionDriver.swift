public import Ledger
public import Replication
internal import Store
internal import Wire

/// Moves whole frames between two stores; Transport's connection is one, a simulation's queue another.
public protocol FrameLink: Sendable {
  func send(type: UInt8, payload: [UInt8]) async throws
  /// The next frame; nil once the peer has closed the link cleanly.
  func receive() async throws -> (type: UInt8, payload: [UInt8])?
}

/// How a session went.
public struct SessionSummary: Sendable {
  public var peer: NodeID
  public var peerName: String
  public var sent = 0
  public var received = 0
  public var refused = 0
  public var roundTrips = 0
  public var converged = false
  /// Why the two stores do not hold the same, where they do not; nil before both were through.
  public var outcome: Checkpoint.Outcome?
  public var drift: Int64?
  /// The peer's certificate is not in force by this node's clock, and what that means.
  public var peerNotInForce: NodeError?
  /// Whether the peer was sent nothing because of it.
  public var withholds = false
  /// Whether this node was sent nothing, because its own is not in force by the peer's clock.
  public var peerWithholds = false
  /// Whether the session goes on after a checkpoint, or did until an end was wanted.
  public var isWatching = false
  /// When the first change moved since the last checkpoint, in milliseconds since 1970.
  var movedAt: Int64?
}

/// What a session that stays open hears of beside its peer.
struct Watching: Sendable {
  var commits: AsyncStream<Void>
  var stop: StopSignal
  var pace: WatchPace
}

/// Runs one session: feeds the machine with what comes, and carries out in order what it asks for.
struct SessionDriver {
  private let link: any FrameLink
  private let port: StorePort
  private var session: Session
  /// Set where this side is willing to stay connected.
  private let watching: Watching?
  private var isOver = false
  /// Why nothing more can be sent.
  private var broken: (any Error)?
  private var summary: SessionSummary
  /// A checkpoint that did not converge, held back while what explains it may still be under way.
  private var isUneven = false
  private let onCheckpoint: @Sendable (SessionSummary) -> Void

  init(
    _ node: LocalNode, link: any FrameLink, peer: TrustedPeer, isInitiator: Bool, watching: Watching? = nil,
    onCheckpoint: @escaping @Sendable (SessionSummary) -> Void = { _ in }
  ) throws {
    self.link = link
    self.watching = watching
    port = try StorePort(node, peer: peer, isInitiator: isInitiator)
    session = Session(isInitiator: isInitiator, watches: watching != nil)
    summary = SessionSummary(peer: peer.node, peerName: peer.name)
    summary.peerNotInForce = peer.notInForce(at: node.surroundings.now() / 1000)
    summary.withholds = port.withholds
    self.onCheckpoint = onCheckpoint
  }

  /// - Throws: `SessionError`, or what the link or the store throws; the store holds all that was
  ///   acknowledged either way.
  mutating func run() async throws -> SessionSummary {
    do {
      try await carryOut(session.handle(.opened(try port.hello(watches: watching != nil))))
      try await follow()
    } catch {
      try? port.noteEnd(error: "\(error)")
      // What the machine itself ended has been told already.
      if !isOver, let failure = (error as? SessionError)?.toldToPeer {
        try? await link.send(type: Message.failure(failure).type, payload: Message.failure(failure).encoded())
      }
      throw error
    }
    fill()
    try port.noteEnd(error: nil)
    return summary
  }

  private mutating func fill() {
    summary.sent = port.sent
    summary.received = port.received
    summary.refused = port.refused
    summary.roundTrips = session.roundTrips
    summary.drift = port.drift
    summary.peerWithholds = session.peerWithholds
    summary.isWatching = summary.isWatching || session.isWatching
    summary.movedAt = port.movedAt
  }

  private mutating func carryOut(_ effects: [Session.Effect]) async throws {
    var queue = effects[...]
    while let effect = queue.popFirst() { queue.append(contentsOf: try await carryOut(effect)) }
  }

  private mutating func carryOut(_ effect: Session.Effect) async throws -> [Session.Effect] {
    switch effect {
    case .send(let message): await send(message)
    case .checkpoint(let checkpoint): try reach(checkpoint)
    case .finish: isOver = true
    case .fail(let error):
      isOver = true
      throw error
    case .plan, .planByHeads, .answer, .narrow, .load, .commit, .makeDone, .keepReceipt, .keepCursor:
      if let event = try port.perform(effect) { return session.handle(event) }
    }
    return []
  }

  /// A link that takes nothing more is read on to its end: the peer may have said why it goes.
  private mutating func send(_ message: Message) async {
    guard broken == nil else { return }
    do { try await link.send(type: message.type, payload: message.encoded()) } catch { broken = error }
  }

  private mutating func reach(_ checkpoint: Checkpoint) throws {
    summary.converged = checkpoint.converged && port.refused == 0
    summary.outcome = checkpoint.outcome
    port.note(checkpoint.outcome)
    fill()
    // Somebody else may have committed between the two sides' Done: then more is on its way.
    isUneven = session.isWatching && !checkpoint.converged
    if !isUneven { tell() }
    if session.isWatching { try port.noteEnd(error: nil) }
  }

  private func tell() {
    onCheckpoint(summary)
    port.noteTold()
  }
}

// MARK: what happens, one thing after the other

extension SessionDriver {
  private enum Happening: Sendable {
    case frame(type: UInt8, payload: [UInt8])
    case closed
    case committedHere
    case tick
    case stopWanted
    case graceOver
  }

  private typealias Happenings = ThrowingTaskGroup<Happening, any Error>

  /// Waits for whatever happens first. Each source is asked again only when its last word has been dealt with,
  /// so a peer that sends faster than this side commits is held back by the link.
  private mutating func follow() async throws {
    try await withThrowingTaskGroup(of: Happening.self) { happenings in
      defer { happenings.cancelAll() }
      receive(in: &happenings)
      var isListening = false
      var silentTicks = 0
      while !isOver, let happening = try await happenings.next() {
        switch happening {
        case .frame(let type, let payload):
          silentTicks = 0
          try await take(type, payload)
          receive(in: &happenings)
        case .closed:
          if let broken { throw broken }
          return
        case .committedHere:
          try await carryOut(session.handle(.localCommit))
          listenForCommits(in: &happenings)
        case .tick:
          silentTicks += 1
          try await tick(silentTicks)
          waitForTick(in: &happenings)
        case .stopWanted:
          // What was committed here up to now goes along.
          try await carryOut(session.handle(.localCommit))
          try await carryOut(session.handle(.stop))
          if let grace = watching?.pace.grace {
            happenings.addTask {
              try? await Task.sleep(for: grace)
              return .graceOver
            }
          }
        case .graceOver: return
        }
        if session.isWatching, !isListening {
          isListening = true
          listenForCommits(in: &happenings)
          waitForTick(in: &happenings)
          waitForStop(in: &happenings)
        }
      }
    }
  }

  private mutating func take(_ type: UInt8, _ payload: [UInt8]) async throws {
    let message: Message
    do throws(WireFault) {
      message = try Message(type: type, payload: payload)
    } catch {
      throw SessionError.badMessage(error)
    }
    try await carryOut(session.handle(.received(message)))
  }

  private mutating func tick(_ silentTicks: Int) async throws {
    if let limit = watching?.pace.silentTicks, silentTicks > limit {
      throw LinkError.lost(reason: "the peer is silent")
    }
    if isUneven {
      isUneven = false
      tell()
    }
    try await carryOut(session.handle(.idle))
  }

  private func receive(in happenings: inout Happenings) {
    happenings.addTask { [link] in
      guard let frame = try await link.receive() else { return .closed }
      return .frame(type: frame.type, payload: frame.payload)
    }
  }

  private func listenForCommits(in happenings: inout Happenings) {
    guard let commits = watching?.commits else { return }
    happenings.addTask {
      var iterator = commits.makeAsyncIterator()
      // Without a watcher of the store the stream ends; the link goes on until it is closed.
      if await iterator.next() == nil { try? await Task.sleep(for: .seconds(86_400)) }
      return .committedHere
    }
  }

  private func waitForTick(in happenings: inout Happenings) {
    guard let pace = watching?.pace else { return }
    happenings.addTask {
      try? await Task.sleep(for: pace.keepAlive)
      return .tick
    }
  }

  private func waitForStop(in happenings: inout Happenings) {
    guard let stop = watching?.stop else { return }
    happenings.addTask {
      await stop.wait()
      return .stopWanted
    }
  }
}
