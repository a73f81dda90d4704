internal import Ledger
internal import Store
internal import Synchronization
internal import Transport

/// Cuts the running totals of a session that stays open into a report for each stretch of it.
final class SessionTally: Sendable {
  private struct Told {
    var sent = 0
    var received = 0
    var refused = 0
    var roundTrips = 0
    var sentAgain = 0
    var regained = 0
    var withdrawn = 0
    var forked = 0
    var wasSetBack = false
    var hasLost = false
    var hasCut = false
    var attachments = AttachmentPort.Tally()
    var bytesSent = 0
    var bytesReceived = 0
    var fault: LinkError?
    var isFirst = true
  }

  private let node: LocalNode
  private let connection: Connection
  private let start: Int64
  private let told = Mutex(Told())

  init(_ node: LocalNode, _ connection: Connection, start: Int64) {
    self.node = node
    self.connection = connection
    self.start = start
  }

  /// Whether anything was reported: both sides were through at least once.
  var hasTold: Bool { told.withLock { !$0.isFirst } }

  /// What moved since the last report; nil where nothing did. The first one is told in any case: it says that
  /// the link stands, and whether both hold the same; so is that they have come to hold not the same.
  func report(_ summary: SessionSummary) -> LocalNode.SyncReport? {
    let counts = connection.byteCounts
    let now = node.surroundings.now()
    let stretch: LocalNode.SyncReport? = told.withLock { told in
      let hasMoved =
        summary.sent > told.sent || summary.received > told.received || summary.refused > told.refused
        || summary.attachments.fetched > told.attachments.fetched
        || summary.attachments.handedOver > told.attachments.handedOver
      let fault = LinkError(outcome: summary.outcome)
      guard told.isFirst || hasMoved || fault != nil && fault != told.fault else { return nil }
      var report = LocalNode.SyncReport(peer: summary.peerName)
      report.node = summary.peer
      report.summary = summary
      report.summary?.sent -= told.sent
      report.summary?.received -= told.received
      // What was refused before may have been taken in since.
      report.summary?.refused = max(0, summary.refused - told.refused)
      report.summary?.roundTrips -= told.roundTrips
      report.summary?.sentAgain -= told.sentAgain
      report.summary?.regained -= told.regained
      report.summary?.withdrawn = max(0, summary.withdrawn - told.withdrawn)
      report.summary?.forked -= told.forked
      if summary.forked == told.forked { report.summary?.branches = 0 }
      report.summary?.wasSetBack = summary.wasSetBack && !told.wasSetBack
      report.summary?.hasLost = summary.hasLost && !told.hasLost
      report.summary?.hasCut = summary.hasCut && !told.hasCut
      report.summary?.attachments -= told.attachments
      report.bytesSent = counts.sent - told.bytesSent
      report.bytesReceived = counts.received - told.bytesReceived
      report.milliseconds = now - (told.isFirst ? start : summary.movedAt ?? now)
      told = Told(
        sent: summary.sent, received: summary.received, refused: summary.refused,
        roundTrips: summary.roundTrips, sentAgain: summary.sentAgain, regained: summary.regained,
        withdrawn: summary.withdrawn,
        forked: summary.forked, wasSetBack: summary.wasSetBack, hasLost: summary.hasLost,
        hasCut: summary.hasCut, attachments: summary.attachments, bytesSent: counts.sent,
        bytesReceived: counts.received,
        fault: fault, isFirst: false)
      return report
    }
    guard var report = stretch else { return nil }
    report.error =
      LinkError(outcome: summary.outcome) as (any Error)? ?? report.summary.flatMap(node.withheld)
    report.noteWhatWaits(at: node)
    return report
  }
}
