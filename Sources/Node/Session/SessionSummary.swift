public import Ledger
public import Replication

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
  /// Whether this store found that it had been set back in its place, so that it goes on under another epoch.
  public var wasSetBack = false
  /// Whether the peer has shown that this office has signed for what this store does not hold, as was not known yet: it
  /// was set back, or a copy of it is in use.
  public var hasLost = false
  /// What moved of attachments.
  var attachments = AttachmentPort.Tally()
  /// Contents of attachments that became whole here, and at the peer.
  public var attachmentsReceived: Int { attachments.fetched }
  public var attachmentsSent: Int { attachments.handedOver }
  /// Missing ones that the peer did not give.
  public var attachmentsAbsent: Int { attachments.absent }
  /// Those that came and had another length, or another hash, than records say.
  public var attachmentsRefused: Int { attachments.refused }
  /// Those that another session, or somebody who attaches them, was at.
  public var attachmentsBusy: Int { attachments.busy }
  /// Those that could not be written here.
  public var attachmentsUnwritten: Int { attachments.unwritten }
  /// Why some of them could not be.
  public var attachmentFault: (any Error)?
  /// Whether attachments wait for a session of their own: one side has some to ask for, and none were in this one.
  public var leavesAttachments = false
  /// Whether the session broke off among attachments, when all records were through.
  public var brokeAmongAttachments = false
  /// Whether this store found a log with more branches than a log may have, of which nothing counts after the first fork.
  public var hasCut = false
  /// Logs of which a further branch came: all count, and nothing is to be done.
  public var forked: Int { forks.count }
  /// How many branches the one of these has that has most.
  public var branches: Int { forks.values.max() ?? 0 }
  /// These logs, each with how many branches it has.
  var forks: [LogID: Int] = [:]
  /// Changes that counted here before and, by a revocation that came, count no more.
  public var withdrawn = 0
  /// Another campaign pack than before is in force.
  public var planChange: PlanChange?
  /// Changes sent that the peer had signed for and did not hold: it was set back or restored, or a copy of it had signed.
  public var sentAgain = 0
  /// What offices above have lost that had signed for it, by the peer's word.
  public var takenBack: [TakenBack] = []
  /// Changes of this node's own that came back to it.
  public var regained = 0
  /// Whether the session goes on after a checkpoint, or did until an end was wanted.
  public var isWatching = false
  /// Whether one side set aside part of what the other sent, `refused` counts what this one did; or all of a log after its
  /// first fork.
  public var leftOut: Bool { isRefused || refused > 0 || hasCut }
  /// Whether a side refused something of what the other sent.
  public var isRefused: Bool {
    if case .refused? = outcome { return true }
    return false
  }
  /// Whether one of the stores went on meanwhile, so that the next sync brings the rest.
  public var wentOn: Bool { outcome == .moved }
  /// When the first change moved since the last checkpoint, in milliseconds since 1970.
  var movedAt: Int64?

  /// Counts along what an earlier session with the same peer did.
  mutating func add(_ earlier: SessionSummary) {
    sent += earlier.sent
    received += earlier.received
    refused += earlier.refused
    roundTrips += earlier.roundTrips
    sentAgain += earlier.sentAgain
    forks.merge(earlier.forks) { max($0, $1) }
    withdrawn = max(0, withdrawn + earlier.withdrawn)
    planChange = PlanChange(earlier.planChange, then: planChange)
    takenBack = earlier.takenBack + takenBack
    regained += earlier.regained
    wasSetBack = wasSetBack || earlier.wasSetBack
    hasLost = hasLost || earlier.hasLost
    hasCut = hasCut || earlier.hasCut
  }

  /// What a session that stays open did since an earlier moment of it.
  func since(_ earlier: SessionSummary) -> SessionSummary {
    var new = self
    new.sent -= earlier.sent
    new.received -= earlier.received
    // What was refused before may have been taken in since.
    new.refused = max(0, refused - earlier.refused)
    new.roundTrips -= earlier.roundTrips
    new.sentAgain -= earlier.sentAgain
    new.takenBack = Array(takenBack.dropFirst(earlier.takenBack.count))
    new.regained -= earlier.regained
    // A log may have been cut since, or have another branch.
    new.forks = forks.filter { $0.value > earlier.forks[$0.key] ?? 0 }
    new.withdrawn = max(0, withdrawn - earlier.withdrawn)
    new.planChange = PlanChange(earlier.planChange?.reversed, then: planChange)
    new.wasSetBack = wasSetBack && !earlier.wasSetBack
    new.hasLost = hasLost && !earlier.hasLost
    new.hasCut = hasCut && !earlier.hasCut
    new.attachments -= earlier.attachments
    return new
  }
}
