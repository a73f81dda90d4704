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

  private var sending = Sending.planning
  private var sentFrames: UInt64 = 0
  private var acknowledged: UInt64 = 0
  private var receivedFrames: UInt64 = 0
  private var commitsUnderWay = 0
  private var isMakingDone = false
  private var ownDone: Done?
  private var theirDone: Done?
  /// The two Dones of the last checkpoint that was told, without their receipts: a Done that is repeated has none.
  private var reported: (own: Done, theirs: Done)?
  private var trips = 0
  private(set) var error: SessionError?

  /// Each side's last Done counts all that the other sent.
  private var dones: (own: Done, theirs: Done)? {
    guard let ownDone, let theirDone, sending == .through, commitsUnderWay == 0, !isMakingDone,
      ownDone.sentFrames == sentFrames, ownDone.receivedFrames == receivedFrames,
      theirDone.sentFrames == receivedFrames, theirDone.receivedFrames == sentFrames
    else { return nil }
    var dones = (own: ownDone, theirs: theirDone)
    dones.own.receipt = []
    dones.theirs.receipt = []
    return dones
  }

  /// Set when both are through and nobody has been told yet.
  var checkpoint: Checkpoint? {
    guard let dones else { return nil }
    if let reported, reported == dones { return nil }
    return Checkpoint(converged: dones.own.digest == dones.theirs.digest)
  }

  /// Both are through, and that has been told.
  var isAtRest: Bool { dones != nil && checkpoint == nil }

  mutating func noteCheckpoint() {
    reported = dones
  }

  mutating func takeRoundTrips() -> Int {
    defer { trips = 0 }
    return trips
  }

  mutating func handle(_ event: Session.Event) -> [Session.Effect] {
    var effects: [Session.Effect] = []
    switch event {
    case .planned(let plan):
      if plan.offer.isEmpty {
        sending = .ready
      } else {
        sending = .awaitingHeld
        effects.append(.send(.offer(plan.offer)))
      }
    case .answered(let held): effects.append(.send(.held(held)))
    case .narrowed: sending = .ready
    case .loaded(let frame, let isLast): loaded(frame, isLast: isLast, &effects)
    case .committed:
      commitsUnderWay -= 1
      receivedFrames += 1
      effects.append(.send(.acknowledge(frames: receivedFrames)))
    case .doneMade(let done):
      isMakingDone = false
      ownDone = done
      effects.append(.send(.done(done)))
    case .localCommit: if sending == .through { sending = .ready }
    case .received(let message): receive(message, &effects)
    case .idle where sending == .through && commitsUnderWay == 0 && !isMakingDone && ownDone != nil:
      isMakingDone = true
      effects.append(.makeDone(sentFrames: sentFrames, receivedFrames: receivedFrames))
    case .opened, .idle, .stop: break
    }
    goOn(&effects)
    return effects
  }

  private mutating func loaded(_ frame: ChangesFrame?, isLast: Bool, _ effects: inout [Session.Effect]) {
    if let frame {
      sentFrames += 1
      effects.append(.send(.changes(frame)))
    }
    sending = isLast ? .through : .ready
  }

  private mutating func receive(_ message: Message, _ effects: inout [Session.Effect]) {
    switch message {
    case .offer(let ranges): effects.append(.answer(ranges))
    case .held(let held) where sending == .awaitingHeld:
      trips += 1
      sending = .narrowing
      effects.append(.narrow(held))
    case .changes(let frame):
      commitsUnderWay += 1
      effects.append(.commit(frame))
    case .acknowledge(let frames):
      guard frames >= acknowledged, frames <= sentFrames else {
        error = .unexpected(type: message.type)
        return
      }
      acknowledged = frames
    case .done(let done):
      if done.receivedFrames == sentFrames, sentFrames > 0, theirDone?.receivedFrames != sentFrames {
        trips += 1
      }
      theirDone = done
      if !done.receipt.isEmpty { effects.append(.keepReceipt(done.receipt)) }
    default: error = .unexpected(type: message.type)
    }
  }

  /// What can be done next of itself: read on while the window is open, or say that all is said.
  private mutating func goOn(_ effects: inout [Session.Effect]) {
    guard error == nil else { return }
    if sending == .ready, sentFrames - acknowledged < UInt64(Limits.window) {
      sending = .loading
      effects.append(.load)
    }
    let isSaid = ownDone?.sentFrames == sentFrames && ownDone?.receivedFrames == receivedFrames
    if sending == .through, commitsUnderWay == 0, !isMakingDone, !isSaid {
      isMakingDone = true
      effects.append(.makeDone(sentFrames: sentFrames, receivedFrames: receivedFrames))
    }
  }
}
