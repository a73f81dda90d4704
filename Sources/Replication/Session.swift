public import Ledger
public import Wire

/// One session between two stores: events in, effects out. It touches no socket, no store and no clock, so
/// that a simulation owns all three.
///
/// Both sides run the same machine; who dialled says Hello first. Each side sends what the other lacks, frame
/// by frame within a window, takes in what it is sent, and says Done when it has nothing more. The session is
/// over when each side's last Done says that it holds all that the other sent.
public struct Session: Sendable {
  public enum Event: Sendable {
    /// The link stands and the peer is verified; the Hello to speak.
    case opened(Hello)
    case received(Message)
    /// What `plan` asked for.
    case planned(SendPlan)
    case answered([HeldLog])
    case narrowed
    /// The next changes to send; nil where there are none.
    case loaded(ChangesFrame?, isLast: Bool)
    case committed(IntakeOutcome)
    case doneMade(Done)
    /// Something was committed here by somebody else; a watching session sends it on.
    case localCommit
    /// Nothing has come for a while; a watching session says Done again, which keeps the link alive.
    case idle
    /// An end is wanted: a watching session finishes what is in flight.
    case stop
  }

  /// In order; each is carried out before the next event.
  public enum Effect: Sendable {
    case send(Message)
    /// Find out what the peer lacks.
    case plan(Hello)
    /// Find it out anew from all heads in the common scope, whatever the cursors say and whoever sent what.
    case planByHeads
    /// Note what these receipts of this side's own say it held, and what of it is not held.
    case noteLosses([[UInt8]])
    /// Say what of an offer is held.
    case answer([OfferedRange])
    /// Leave out what the peer holds.
    case narrow([HeldLog])
    case load
    /// Make a frame durable. Nothing is acknowledged before `committed` comes back.
    case commit(ChangesFrame)
    case makeDone(sentFrames: UInt64, receivedFrames: UInt64)
    case keepReceipt([UInt8])
    /// Note how far the peer's arrivals have been read, though nothing of them had to be sent.
    case keepCursor(ArrivalCursor)
    /// Both sides are through with what each had to send.
    case checkpoint(Checkpoint)
    case finish
    case fail(SessionError)
  }

  private enum Phase {
    case opening
    case exchanging(Exchange)
    case closed
  }

  private let isInitiator: Bool
  private let isWilling: Bool
  /// Whether the session goes on after both sides are done: where both Hellos have said so.
  public private(set) var isWatching = false
  /// Whether the peer sends no changes because this side's certificate is not in force by its clock.
  public private(set) var peerWithholds = false
  private var phase = Phase.opening
  private var hello: Hello?
  /// Times that this side had to wait for an answer.
  public private(set) var roundTrips = 0

  /// - Parameters:
  ///   - isInitiator: whether this side dialled.
  ///   - watches: whether this side is willing to go on after both are done.
  public init(isInitiator: Bool, watches: Bool) {
    self.isInitiator = isInitiator
    isWilling = watches
  }

  /// Whether both sides are through with what they had, which has been told.
  public var isAtRest: Bool {
    if case .exchanging(let exchange) = phase { exchange.isAtRest } else { false }
  }

  /// Takes an event and gives what to do. After `finish` or `fail` nothing more comes.
  public mutating func handle(_ event: Event) -> [Effect] {
    switch (phase, event) {
    case (.closed, _): return []
    case (_, .received(.failure(let failure))): return close(.peerFailed(failure))
    case (.opening, .opened(let own)):
      hello = own
      return isInitiator ? [.send(.hello(own))] : []
    case (.opening, .received(.hello(let theirs))): return open(theirs)
    case (.opening, .received(let message)): return close(.unexpected(type: message.type))
    case (.opening, .stop):
      phase = .closed
      return [.finish]
    case (.exchanging(let exchange), .stop):
      isWatching = false
      guard exchange.isAtRest else { return [] }
      phase = .closed
      return [.finish]
    case (.exchanging(var exchange), _):
      let effects = exchange.handle(event)
      roundTrips += exchange.takeRoundTrips()
      return settle(effects, exchange)
    case (.opening, _): return []
    }
  }

  private mutating func open(_ theirs: Hello) -> [Effect] {
    guard var own = hello else { return close(.unexpected(type: 1)) }
    guard theirs.version >= 1 else { return close(.versionMismatch(theirs: theirs.version)) }
    if isInitiator { roundTrips += 1 }
    isWatching = isWilling && theirs.watches
    own.watches = isWatching
    peerWithholds = theirs.withholds
    phase = .exchanging(Exchange(isWithheld: own.withholds || theirs.withholds))
    return (isInitiator ? [] : [.send(.hello(own))]) + [.plan(theirs)]
  }

  /// Whether the two sides are through, after the exchange has said what is to be done.
  private mutating func settle(_ effects: [Effect], _ exchange: Exchange) -> [Effect] {
    if let error = exchange.error { return close(error) }
    var exchange = exchange
    let checkpoint = exchange.takeCheckpoint()
    phase = .exchanging(exchange)
    guard let checkpoint else { return effects }
    if isWatching { return effects + [.checkpoint(checkpoint)] }
    phase = .closed
    return effects + [.checkpoint(checkpoint), .finish]
  }

  private mutating func close(_ error: SessionError) -> [Effect] {
    phase = .closed
    var effects: [Effect] = []
    if let failure = error.toldToPeer { effects.append(.send(.failure(failure))) }
    return effects + [.fail(error)]
  }
}

/// What a sender found out about a peer.
public struct SendPlan: Sendable {
  /// What to offer first, where there is more to send than a frame, or the peer may hold it; empty to send at once.
  public var offer: Offer

  public init(offer: Offer) { self.offer = offer }
}

/// What became of a frame that was taken in.
public struct IntakeOutcome: Sendable {
  /// Changes that were new here.
  public var new: Int
  /// Stretches that were refused in this session, or in this bundle, and are still set aside.
  public var refused: Int

  public init(new: Int, refused: Int) {
    self.new = new
    self.refused = refused
  }
}
