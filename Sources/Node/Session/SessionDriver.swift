internal import Ledger
internal import Replication
internal import Store
internal import Wire

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
  private let reader: ReadAhead
  private var session: Session
  /// Set where this side is willing to stay connected.
  private let watching: Watching?
  private var isOver = false
  private var failure: SessionError?
  private var outbox = Outbox()
  /// The session wants changes read out of the store as soon as the link takes more.
  private var isLoadHeldBack = false
  /// The next message is asked for as soon as answers find room.
  private var isReceivingHeldBack = false
  private var silentTicks = 0
  private var summary: SessionSummary
  /// A checkpoint that did not converge, held back while what explains it may still be under way.
  private var isUneven = false
  private let defersAttachments: Bool
  /// What a session did that broke off when all records were through; nil of any other.
  private(set) var brokenOff: SessionSummary?
  private let onCheckpoint: @Sendable (SessionSummary) -> Void
  private let progressed: @Sendable (_ changes: Int, _ of: Int) -> Void
  private let fetched: @Sendable (_ bytes: Int, _ of: Int) -> Void

  init(
    _ node: LocalNode, link: any FrameLink, peer: TrustedPeer, isInitiator: Bool, watching: Watching? = nil,
    wish: AttachmentWish = .byRule, defersAttachments: Bool = false,
    onCheckpoint: @escaping @Sendable (SessionSummary) -> Void = { _ in },
    progressed: @escaping @Sendable (_ changes: Int, _ of: Int) -> Void = { _, _ in },
    fetched: @escaping @Sendable (_ bytes: Int, _ of: Int) -> Void = { _, _ in }
  ) throws {
    self.progressed = progressed
    self.fetched = fetched
    self.link = link
    self.watching = watching
    port = try StorePort(
      node, peer: peer, isInitiator: isInitiator, shown: link.shownCertificate, wish: wish,
      defersAttachments: defersAttachments)
    self.defersAttachments = defersAttachments
    reader = ReadAhead(node.store)
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
      try await follow()
    } catch {
      noteBreak()
      // What the machine itself ended has been told already.
      if !isOver, let failure = (error as? SessionError)?.toldToPeer {
        try? await link.send(.failure(failure))
      }
      throw error
    }
    fill()
    try noteEnd()
    // It saves a look at all logs the next time, and is made good then where the store is busy now.
    try? port.noteReceipts()
    return summary
  }

  /// Records that are through are synced, whatever becomes of the attachments behind them.
  private mutating func noteBreak() {
    guard session.isThroughWithRecords, !summary.isWatching, LinkError(outcome: summary.outcome) == nil else {
      try? port.noteFailure()
      return
    }
    fill()
    summary.brokeAmongAttachments = true
    brokenOff = summary
    try? noteEnd()
    try? port.noteReceipts()
  }

  /// Stores that differ in the end have not synced, though both sides were through.
  private func noteEnd() throws {
    if LinkError(outcome: summary.outcome) == nil { try port.noteEnd() } else { try port.noteFailure() }
  }

  private mutating func fill() {
    summary.sent = port.sent
    summary.received = port.received
    summary.refused = port.refused
    summary.roundTrips = session.roundTrips
    summary.drift = port.drift
    summary.peerWithholds = session.peerWithholds
    summary.wasSetBack = port.wasSetBack
    summary.hasLost = port.hasLost
    summary.hasCut = port.hasCut
    summary.forks = port.intake.forks
    summary.withdrawn = port.trace.withdrawn
    summary.planChange = port.trace.planChange
    summary.sentAgain = port.sentAgain
    summary.takenBack = port.takenBack
    summary.regained = port.regained
    summary.isWatching = summary.isWatching || session.isWatching
    summary.movedAt = port.movedAt
    summary.attachments = port.attachments.tally
    summary.attachmentFault = port.attachments.fault
    summary.leavesAttachments = defersAttachments && (session.wishes.own || session.wishes.theirs)
  }

  private mutating func carryOut(_ effects: [Session.Effect], in happenings: inout Happenings) throws {
    var queue = effects[...]
    while let effect = queue.popFirst() { queue.append(contentsOf: try carryOut(effect, in: &happenings)) }
    sendOn(in: &happenings)
  }

  private mutating func carryOut(
    _ effect: Session.Effect, in happenings: inout Happenings
  ) throws -> [Session.Effect] {
    switch effect {
    case .send(let message):
      outbox.append(message)
      // The next frame is read and made ready while this one is under way.
      if case .changes = message { sendOn(in: &happenings) }
    case .checkpoint(let checkpoint): try reach(checkpoint)
    case .finish: isOver = true
    case .fail(let error):
      isOver = true
      failure = error
    case .load where !outbox.takesChanges: isLoadHeldBack = true
    case .keepChunk:
      let event = try port.perform(effect)
      fetched(port.attachments.tally.bytes, port.attachments.tally.bytesWanted)
      if let event { return session.handle(event) }
    case .attachmentsFetched, .attachmentsHandedOver:
      _ = try port.perform(effect)
      fill()
      if session.isWatching { onCheckpoint(summary) }
    case .plan, .planByHeads, .noteLosses, .answer, .narrow, .load, .commit, .makeDone, .takeBack,
      .keepReceipts,
      .keepCursor,
      .lookForAttachments, .findAttachment, .readChunk, .noteAbsent, .noteMisfit, .notePeerContents:
      port.staysOpen = session.isWatching
      let event = try port.perform(effect)
      progressed(port.moved.done, port.moved.of)
      if let event { return session.handle(event) }
    }
    return []
  }

  private mutating func reach(_ checkpoint: Checkpoint) throws {
    summary.converged = checkpoint.converged && port.refused == 0
    summary.outcome = checkpoint.outcome
    try port.note(checkpoint.outcome)
    fill()
    if checkpoint.outcome == .unequal { try port.requireSameScope() }
    // Somebody else may have committed between the two sides' Done: then more is on its way.
    isUneven = session.isWatching && !checkpoint.converged
    if !isUneven { try tell() }
  }

  private func tell() throws {
    onCheckpoint(summary)
    port.noteTold()
    guard session.isWatching else { return }
    try noteEnd()
    // Whoever was told may have taken up another certificate.
    try port.requireStanding()
  }
}

// MARK: what happens, one thing after the other

extension SessionDriver {
  private enum Happening: Sendable {
    case message(Message, readAhead: [ReadBatch?])
    case closed
    /// What was handed to the link has left, or cannot.
    case sent((any Error)?)
    case committedHere
    case tick
    case stopWanted
    case graceOver
  }

  private typealias Happenings = ThrowingTaskGroup<Happening, any Error>

  /// Waits for whatever happens first. While a message is dealt with the next one is awaited and read, no more: a
  /// peer that sends faster than this side commits is held back by the link.
  private mutating func follow() async throws {
    try await withThrowingTaskGroup(of: Happening.self) { happenings in
      defer { happenings.cancelAll() }
      try carryOut(session.handle(.opened(try port.hello(watches: watching != nil))), in: &happenings)
      receive(in: &happenings)
      // Who dials does not wait, where an end is wanted, for one that took the connection and says nothing.
      if port.isInitiator { waitForStop(in: &happenings) }
      var isListening = false
      while !isOver, let happening = try await happenings.next() {
        guard try take(happening, in: &happenings) else { break }
        if session.isWatching, !isListening {
          isListening = true
          listenForCommits(in: &happenings)
          waitForTick(in: &happenings)
          if !port.isInitiator { waitForStop(in: &happenings) }
        }
      }
      await sendRest(in: &happenings)
      if let failure { throw failure }
    }
  }

  /// - Returns: false where that ends the session.
  private mutating func take(_ happening: Happening, in happenings: inout Happenings) throws -> Bool {
    switch happening {
    case .message(let message, let ahead):
      silentTicks = 0
      receive(in: &happenings)
      port.readAhead = ahead
      try carryOut(session.handle(.received(message)), in: &happenings)
    case .closed:
      if let broken = outbox.broken { throw broken }
      // At a checkpoint either side may go. Before it, what the peer had to say is not known.
      guard session.isAtRest else { throw LinkError.lost(.unfinished) }
      return false
    case .sent(let error):
      outbox.noteSent(error)
      // The link stands and takes other messages, but never this one.
      if let error = error as? SessionError { throw error }
      try goOn(in: &happenings)
    case .committedHere:
      try port.requireStanding()
      try carryOut(session.handle(.localCommit), in: &happenings)
      listenForCommits(in: &happenings)
    case .tick:
      silentTicks += 1
      try tick(in: &happenings)
      waitForTick(in: &happenings)
    case .stopWanted:
      guard !session.isOpening else { throw LinkError.lost(.unfinished) }
      // What was committed here up to now goes along.
      try carryOut(session.handle(.localCommit), in: &happenings)
      try carryOut(session.handle(.stop), in: &happenings)
      waitForGrace(in: &happenings)
    case .graceOver:
      let error = LinkError.lost(.peerTakesNothing)
      outbox.giveUp(error)
      throw error
    }
    return true
  }

  private mutating func tick(in happenings: inout Happenings) throws {
    if let limit = watching?.pace.silentTicks, silentTicks > limit {
      throw LinkError.lost(.peerSilent)
    }
    if isUneven {
      isUneven = false
      try tell()
    }
    try port.requireStanding()
    try carryOut(session.handle(.idle), in: &happenings)
  }

  // MARK: the link

  private mutating func receive(in happenings: inout Happenings) {
    isReceivingHeldBack = !outbox.takesAnswers
    guard !isReceivingHeldBack else { return }
    // Beside the session's own thread: the next frame is read while one is committed.
    happenings.addTask(executorPreference: globalConcurrentExecutor) { [link, reader] in
      guard let frame = try await link.receive() else { return .closed }
      let message: Message
      do throws(WireFault) {
        message = try Message(type: frame.type, payload: frame.payload)
      } catch {
        throw SessionError.badMessage(error)
      }
      guard case .changes(let changes) = message else { return .message(message, readAhead: []) }
      return .message(message, readAhead: reader.read(changes))
    }
  }

  private mutating func sendOn(in happenings: inout Happenings) {
    guard let messages = outbox.takeAll() else { return }
    happenings.addTask(executorPreference: globalConcurrentExecutor) { [link] in
      do {
        try await link.send(messages.map { ($0.type, $0.encoded()) })
        return .sent(nil)
      } catch {
        return .sent(error)
      }
    }
  }

  /// The link has taken what it was given. One that takes nothing more is read on to its end: the peer may have
  /// said why it goes.
  private mutating func goOn(in happenings: inout Happenings) throws {
    sendOn(in: &happenings)
    if isReceivingHeldBack { receive(in: &happenings) }
    guard isLoadHeldBack, outbox.takesChanges else { return }
    isLoadHeldBack = false
    try carryOut([.load], in: &happenings)
  }

  /// The session is over; what it said last must still leave, and what comes is not looked at. A peer that takes
  /// nothing more is given up.
  private mutating func sendRest(in happenings: inout Happenings) async {
    sendOn(in: &happenings)
    guard !outbox.isEmpty else { return }
    happenings.addTask {
      try? await Task.sleep(for: SessionDriver.lastWords)
      return .graceOver
    }
    while !outbox.isEmpty, let result = await happenings.nextResult() {
      switch result {
      case .success(.sent(let error)):
        outbox.noteSent(error)
        sendOn(in: &happenings)
      case .success(.graceOver): return
      default: continue
      }
    }
  }

  /// How long what is said last may take to leave.
  private static let lastWords = Duration.seconds(20)

  // MARK: what else happens

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

  private func waitForGrace(in happenings: inout Happenings) {
    guard let grace = watching?.pace.grace else { return }
    happenings.addTask {
      try? await Task.sleep(for: grace)
      return .graceOver
    }
  }
}
