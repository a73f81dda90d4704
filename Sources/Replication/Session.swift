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
    /// What `findAttachment` asked for, and how much of it is here already; nil where nothing more is missing.
    case attachmentFound(AttachmentAsk?, from: Int)
    case chunkKept(AskedChunk, ChunkResult)
    /// The piece that was asked for; nil where the peer gets none.
    case chunkRead(AttachmentRequest, [UInt8]?)
    /// Something was committed here by somebody else; a watching session sends it on.
    case localCommit
    /// Nothing has come for a while; a watching session says Done again, which keeps the link alive.
    case idle
    /// An end is wanted: a watching session finishes what is in flight.
    case stop
  }

  /// What became of a piece.
  public enum ChunkResult: Sendable, Hashable {
    case kept
    /// It was the last one, and the content is here.
    case whole
    /// The content is not what its hash says, cannot be kept, or is not wanted any more.
    case refused
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
    /// Take back what offices above have said before their whole words and do not say any more, by what the peer hands on.
    case takeBack([WholeWord], named: [[UInt8]])
    /// Keep what the peer, or somebody whose receipt it hands on, has signed, in this order.
    case keepReceipts([[UInt8]])
    /// Note how far the peer's arrivals have been read, though nothing of them had to be sent.
    case keepCursor(ArrivalCursor)
    /// Both sides are through with what each had to send.
    case checkpoint(Checkpoint)
    /// Look for missing attachments from the front.
    case lookForAttachments
    /// Say which attachment to ask for next.
    case findAttachment
    /// Read a piece, if the peer may have it.
    case readChunk(AttachmentRequest)
    case keepChunk(AskedChunk)
    /// The peer has not got it, or does not give it.
    case noteAbsent(AttachmentAsk)
    /// It has another length than the record says, which says nothing of who has it.
    case noteMisfit(AttachmentAsk)
    /// How many contents have come to be at the peer so far, and whether it holds the same records and lacks nothing that
    /// they have.
    case notePeerContents(UInt64, isComplete: Bool)
    /// The peer has so many more contents from this side.
    case attachmentsHandedOver(Int)
    /// Nothing is left to ask the peer for.
    case attachmentsFetched
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
  /// Set where both sides know the messages about attachments.
  private var fetching: Fetching?
  private var hasReachedCheckpoint = false
  /// Whether both sides are through with their records, as was told: what breaks off then are attachments alone.
  public private(set) var isThroughWithRecords = false
  /// Whether each side had attachments to ask for when it last said Done.
  public private(set) var wishes = (own: false, theirs: false)
  private var isStopping = false
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

  /// Whether the peer has not said Hello yet.
  public var isOpening: Bool { if case .opening = phase { true } else { false } }

  /// Whether both sides are through with what they had, which has been told, so that the link may end. A session that
  /// stays open is at rest between two attachments too: the next one goes on where it stood.
  public var isAtRest: Bool {
    guard case .exchanging(let exchange) = phase else { return false }
    return exchange.isAtRest && (isWatching || isStopping || fetching?.isThrough ?? true)
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
      isStopping = true
      fetching?.stop()
      return exchange.isAtRest ? finishIfThrough([]) : []
    case (.exchanging(var exchange), _):
      if let effects = fetch(event) { return effects }
      let effects = exchange.handle(event)
      roundTrips += exchange.takeRoundTrips()
      return settle(effects + wishes(in: event, exchange), exchange)
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
    if own.attachments, theirs.attachments { fetching = Fetching() }
    return (isInitiator ? [] : [.send(.hello(own))]) + [.plan(theirs)]
  }

  /// A session that stays open asks between two checkpoints as well, as soon as its Done says that it will: the peer
  /// may have come to have what it had not got.
  private mutating func wishes(in event: Event, _ exchange: Exchange) -> [Effect] {
    guard case .doneMade(let done) = event, done.fetches, isWatching, exchange.isAtRest else { return [] }
    return fetching?.begin(own: true, theirs: false) ?? []
  }

  /// Whether the two sides are through, after the exchange has said what is to be done.
  private mutating func settle(_ effects: [Effect], _ exchange: Exchange) -> [Effect] {
    if let error = exchange.error { return close(error) }
    var exchange = exchange
    let checkpoint = exchange.takeCheckpoint()
    phase = .exchanging(exchange)
    if checkpoint != nil { hasReachedCheckpoint = true }
    isThroughWithRecords = hasReachedCheckpoint && exchange.isAtRest
    wishes = exchange.fetches
    guard let checkpoint else { return isStopping ? finishIfThrough(effects) : effects }
    let asked = fetching?.begin(own: wishes.own, theirs: wishes.theirs) ?? []
    return finishIfThrough(effects + [.checkpoint(checkpoint)] + asked)
  }

  /// - Returns: nil of an event that is not about attachments.
  private mutating func fetch(_ event: Event) -> [Effect]? {
    guard let effects = fetching?.handle(event) else { return nil }
    roundTrips += fetching?.takeRoundTrips() ?? 0
    if let error = fetching?.error { return close(error) }
    return finishIfThrough(effects)
  }

  /// Records first: only at a checkpoint, and then when both sides have the attachments that they asked for. Who is to
  /// stop waits for no more than what is under way.
  private mutating func finishIfThrough(_ effects: [Effect]) -> [Effect] {
    guard case .exchanging(let exchange) = phase, exchange.isAtRest, hasReachedCheckpoint, !isWatching,
      fetching.map({ isStopping ? $0.isQuiet : $0.isThrough }) ?? true
    else { return effects }
    phase = .closed
    return effects + [.finish]
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
