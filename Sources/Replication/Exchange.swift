internal import Ledger
internal import Wire

/// The middle of a session: both directions at once, each with its own count of frames.
struct Exchange: Sendable {
  /// How far this side's sending is.
  private enum Sending {
    case planning
    case awaitingHeld
    case narrowing
    case ready
    case loading
    /// Nothing more for now.
    case through
  }

  /// Whether a side is sent nothing for want of a certificate in force: then unequal digests tell nothing.
  private let isWithheld: Bool
  private var sending = Sending.planning
  private var sentFrames: UInt64 = 0
  private var acknowledged: UInt64 = 0
  private var receivedFrames: UInt64 = 0
  private var commitsUnderWay: UInt64 = 0
  private var refused: UInt64 = 0
  private var isMakingDone = false
  private var ownDone: Done?
  private var theirDone: Done?
  /// The two Dones of the last checkpoint that was told, without receipts and cursors, which a Done that is repeated has not, and
  /// without what it says of attachments.
  private var reported: (own: Done, theirs: Done)?
  /// What was last told of the peer's contents.
  private var told = (contents: UInt64(0), isComplete: false)
  /// Digests were unequal, and the heads have been exchanged because of it. Once, until they are equal again.
  private var hasFallenBack = false
  /// Logs that the peer has offered or sent changes of.
  private var logs: Set<LogID> = []
  private var trips = 0
  private(set) var error: SessionError?

  init(isWithheld: Bool) { self.isWithheld = isWithheld }

  /// Each side's last Done counts all that the other sent.
  private var dones: (own: Done, theirs: Done)? {
    guard let ownDone, let theirDone, sending == .through, commitsUnderWay == 0, !isMakingDone,
      ownDone.sentFrames == sentFrames, ownDone.receivedFrames == receivedFrames,
      theirDone.sentFrames == receivedFrames, theirDone.receivedFrames == sentFrames
    else { return nil }
    var dones = (own: ownDone, theirs: theirDone)
    dones.own.receipt = []
    dones.theirs.receipt = []
    dones.own.receipts = []
    dones.theirs.receipts = []
    dones.own.words = []
    dones.theirs.words = []
    dones.own.through = nil
    dones.theirs.through = nil
    dones.own.fetches = false
    dones.theirs.fetches = false
    dones.own.contents = 0
    dones.theirs.contents = 0
    dones.own.isComplete = false
    dones.theirs.isComplete = false
    return dones
  }

  /// What both are through with, where that is so and nobody has been told yet.
  private var pair: (own: Done, theirs: Done)? {
    guard let dones else { return nil }
    if let reported, reported == dones { return nil }
    return dones
  }

  /// Both are through, and that has been told.
  var isAtRest: Bool { dones != nil && pair == nil }

  /// Whether each side has said that it will ask for attachments.
  var fetches: (own: Bool, theirs: Bool) { (ownDone?.fetches ?? false, theirDone?.fetches ?? false) }

  /// Gives a checkpoint once: when both are through and it has not been taken yet.
  mutating func takeCheckpoint() -> Checkpoint? {
    guard let pair else { return nil }
    reported = pair
    return checkpoint(pair)
  }

  private func checkpoint(_ pair: (own: Done, theirs: Done)) -> Checkpoint {
    Checkpoint(own: pair.own, theirs: pair.theirs, isWithheld: isWithheld)
  }

  mutating func takeRoundTrips() -> Int {
    defer { trips = 0 }
    return trips
  }

  mutating func handle(_ event: Session.Event) -> [Session.Effect] {
    var effects: [Session.Effect] = []
    switch event {
    case .planned(let plan): planned(plan, &effects)
    case .answered(let held): effects.append(.send(.held(held.fittingMessage)))
    case .narrowed: sending = .ready
    case .loaded(let frame, let isLast): loaded(frame, isLast: isLast, &effects)
    case .committed(let outcome):
      commitsUnderWay -= 1
      receivedFrames += 1
      refused = UInt64(outcome.refused)
      effects.append(.send(.acknowledge(frames: receivedFrames)))
    case .doneMade(let done): doneMade(done, &effects)
    case .localCommit: if sending == .through { sending = .ready }
    case .received(let message): receive(message, &effects)
    case .idle where sending == .through && commitsUnderWay == 0 && !isMakingDone && ownDone != nil:
      isMakingDone = true
      effects.append(.makeDone(sentFrames: sentFrames, receivedFrames: receivedFrames))
    case .opened, .idle, .stop, .attachmentFound, .chunkKept, .chunkRead: break
    }
    goOn(&effects)
    return effects
  }

  // MARK: sending

  private mutating func planned(_ plan: SendPlan, _ effects: inout [Session.Effect]) {
    guard !plan.offer.ranges.isEmpty else {
      sending = .ready
      return
    }
    sending = .awaitingHeld
    effects.append(.send(.offer(plan.offer.fittingMessage)))
  }

  private mutating func loaded(_ frame: ChangesFrame?, isLast: Bool, _ effects: inout [Session.Effect]) {
    if let frame {
      sentFrames += 1
      effects.append(.send(.changes(frame)))
    }
    sending = isLast ? .through : .ready
  }

  private mutating func doneMade(_ made: Done, _ effects: inout [Session.Effect]) {
    var done = made
    done.refused = refused
    isMakingDone = false
    ownDone = done
    effects.append(.send(.done(done)))
    tellContents(&effects)
  }

  /// That the peer lacks nothing says something only of the records that both hold.
  private mutating func tellContents(_ effects: inout [Session.Effect]) {
    guard let theirDone else { return }
    let isComplete = theirDone.isComplete && theirDone.digest == ownDone?.digest
    guard told != (theirDone.contents, isComplete) else { return }
    told = (theirDone.contents, isComplete)
    effects.append(.notePeerContents(theirDone.contents, isComplete: isComplete))
  }

  // MARK: receiving

  private mutating func receive(_ message: Message, _ effects: inout [Session.Effect]) {
    switch message {
    case .offer(let offer):
      guard note(offer.ranges.map(\.log)) else { return }
      if !offer.receipts.isEmpty { effects.append(.noteLosses(offer.receipts)) }
      effects.append(.answer(offer.ranges))
    case .held(let held) where sending == .awaitingHeld:
      trips += 1
      sending = .narrowing
      effects.append(.narrow(held))
    case .changes(let frame):
      guard commitsUnderWay < UInt64(Limits.window) else {
        error = .limit(name: "window", value: Int(commitsUnderWay) + 1, limit: Limits.window)
        return
      }
      guard note(frame.batches.map(\.log)) else { return }
      commitsUnderWay += 1
      effects.append(.commit(frame))
    case .acknowledge(let frames) where frames >= acknowledged && frames <= sentFrames:
      acknowledged = frames
    // Frames come in order, so that a count which does not fit can never come true.
    case .done(let done)
    where done.sentFrames == receivedFrames + commitsUnderWay && done.receivedFrames <= sentFrames:
      if done.receivedFrames == sentFrames, sentFrames > 0, theirDone?.receivedFrames != sentFrames {
        trips += 1
      }
      theirDone = done
      // Those of less first: what they say can be handed on.
      let receipts = (done.receipts + [done.receipt]).filter { !$0.isEmpty }
      if !done.words.isEmpty { effects.append(.takeBack(done.words, named: done.receipts)) }
      if !receipts.isEmpty { effects.append(.keepReceipts(receipts)) }
      if let through = done.through { effects.append(.keepCursor(through)) }
      tellContents(&effects)
    default: error = .unexpected(type: message.type)
    }
  }

  /// - Returns: false where the peer has named more logs than it may in one session.
  private mutating func note(_ named: [LogID]) -> Bool {
    logs.formUnion(named)
    guard logs.count > Limits.logsPerSession else { return true }
    error = .limit(name: "session-logs", value: logs.count, limit: Limits.logsPerSession)
    return false
  }

  // MARK: going on

  /// What can be done next of itself: read on while the window is open, say that all is said, or look deeper
  /// where all is said and the two stores differ.
  private mutating func goOn(_ effects: inout [Session.Effect]) {
    guard error == nil else { return }
    if sending == .ready, sentFrames - acknowledged < UInt64(Limits.window) {
      sending = .loading
      effects.append(.load)
    }
    if sending == .through, commitsUnderWay == 0, !isMakingDone, hasNewsForDone {
      isMakingDone = true
      effects.append(.makeDone(sentFrames: sentFrames, receivedFrames: receivedFrames))
    }
    guard let pair else { return }
    switch checkpoint(pair).outcome {
    case .converged: hasFallenBack = false
    case .unequal where !hasFallenBack: fallBack(&effects)
    case .unequal, .moved, .refused, .withheld: break
    }
  }

  /// While the peer is still sending, what it has sent so far is acknowledged and not yet vouched for.
  private var hasNewsForDone: Bool {
    guard let ownDone, ownDone.sentFrames == sentFrames else { return true }
    return ownDone.receivedFrames != receivedFrames && theirDone?.sentFrames == receivedFrames
  }

  /// Both sides see the same two Dones and so do this both. Neither cursor nor who sent what is relied on.
  private mutating func fallBack(_ effects: inout [Session.Effect]) {
    hasFallenBack = true
    sending = .planning
    ownDone = nil
    theirDone = nil
    effects.append(.planByHeads)
  }
}
