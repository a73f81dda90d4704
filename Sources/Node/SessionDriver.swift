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
}

/// Runs one session: feeds the machine with what comes, and carries out in order what it asks for.
struct SessionDriver {
  private let node: LocalNode
  private let link: any FrameLink
  private let port: StorePort
  private var session: Session
  private let peer: TrustedPeer
  private let watches: Bool
  private var isOver = false
  private var summary: SessionSummary
  private let onCheckpoint: @Sendable (SessionSummary) -> Void

  init(
    _ node: LocalNode, link: any FrameLink, peer: TrustedPeer, isInitiator: Bool, watches: Bool,
    onCheckpoint: @escaping @Sendable (SessionSummary) -> Void
  ) throws {
    self.node = node
    self.link = link
    self.peer = peer
    self.watches = watches
    port = try StorePort(node, peer: peer)
    session = Session(isInitiator: isInitiator, watches: watches)
    summary = SessionSummary(peer: peer.node, peerName: peer.name)
    self.onCheckpoint = onCheckpoint
  }

  /// - Throws: `SessionError`, or what the link or the store throws; the store holds all that was
  ///   acknowledged either way.
  mutating func run() async throws -> SessionSummary {
    do {
      try await carryOut(session.handle(.opened(try port.hello(watches: watches))))
      while !isOver {
        guard let frame = try await link.receive() else { break }
        let message: Message
        do throws(WireFault) {
          message = try Message(type: frame.type, payload: frame.payload)
        } catch {
          throw SessionError.badMessage(error)
        }
        try await carryOut(session.handle(.received(message)))
      }
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
  }

  private mutating func carryOut(_ effects: [Session.Effect]) async throws {
    var queue = effects[...]
    while let effect = queue.popFirst() {
      let more: [Session.Effect]
      switch effect {
      case .send(let message):
        try await link.send(type: message.type, payload: message.encoded())
        more = []
      case .plan(let hello): more = session.handle(.planned(try port.plan(hello)))
      case .planByHeads: more = session.handle(.planned(try port.planByHeads()))
      case .answer(let offer): more = session.handle(.answered(try port.answer(offer)))
      case .narrow(let held):
        try port.narrow(held)
        more = session.handle(.narrowed)
      case .load:
        let (frame, isLast) = try port.load()
        more = session.handle(.loaded(frame, isLast: isLast))
      case .commit(let frame): more = session.handle(.committed(try port.commit(frame)))
      case .makeDone(let sent, let received):
        more = session.handle(.doneMade(try port.done(sentFrames: sent, receivedFrames: received)))
      case .keepReceipt(let bytes):
        try port.keepReceipt(bytes)
        more = []
      case .checkpoint(let checkpoint):
        summary.converged = checkpoint.converged && port.refused == 0
        summary.outcome = checkpoint.outcome
        fill()
        onCheckpoint(summary)
        more = []
      case .finish:
        isOver = true
        more = []
      case .fail(let error):
        isOver = true
        throw error
      }
      queue.append(contentsOf: more)
    }
  }
}
