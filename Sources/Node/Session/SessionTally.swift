internal import Ledger
internal import Store
internal import Synchronization
internal import Transport

/// Cuts the running totals of a session that stays open into a report for each stretch of it.
final class SessionTally: Sendable {
  private struct Told {
    var summary: SessionSummary?
    var bytesSent = 0
    var bytesReceived = 0
    var fault: LinkError?
    var isFirst: Bool { summary == nil }
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
      let new = told.summary.map(summary.since) ?? summary
      let hasMoved =
        new.sent > 0 || new.received > 0 || new.refused > 0 || new.attachments.fetched > 0
        || new.attachments.handedOver > 0
      let fault = LinkError(outcome: summary.outcome)
      guard told.isFirst || hasMoved || fault != nil && fault != told.fault else { return nil }
      var report = LocalNode.SyncReport(peer: summary.peerName)
      report.node = summary.peer
      report.summary = new
      report.bytesSent = counts.sent - told.bytesSent
      report.bytesReceived = counts.received - told.bytesReceived
      report.milliseconds = now - (told.isFirst ? start : summary.movedAt ?? now)
      told = Told(
        summary: summary, bytesSent: counts.sent, bytesReceived: counts.received, fault: fault)
      return report
    }
    guard var report = stretch else { return nil }
    report.error =
      LinkError(outcome: summary.outcome) as (any Error)? ?? report.summary.flatMap(node.withheld)
    report.noteWhatWaits(at: node)
    return report
  }
}
