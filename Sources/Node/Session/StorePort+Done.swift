internal import Ledger
internal import Replication
internal import Store
internal import Wire

/// What this side says once it has nothing more to send.
extension StorePort {
  /// What a Done says of this store, read within one transaction.
  private struct Standpoint {
    var digest: Hash256
    /// The heads that the peer asked about and that are held here.
    var vouched: [LogHead]
    var hasMoved: Bool
    var end: ArrivalCursor
    var fetches: Bool
    var contents: UInt64
    var isComplete: Bool
  }

  private func standpoint(_ snapshot: Snapshot) throws -> Standpoint {
    try renewAuthority(snapshot)
    let scope = try commonScope(snapshot)
    try attachments.noteDone(snapshot)
    return Standpoint(
      digest: try snapshot.digest(scope: scope),
      vouched: try snapshot.vouched(asked.filter { scope($0.log.space) }),
      hasMoved: try goesOn(snapshot, scope), end: try snapshot.ownCursor(),
      fetches: try mayFetch && attachments.isMissingAny(snapshot, scope),
      contents: UInt64(try snapshot.contentNumber()), isComplete: try snapshot.isComplete(scope: scope))
  }

  func done(sentFrames: UInt64, receivedFrames: UInt64) throws -> Done {
    let here = try node.store.read(standpoint)
    asked = []
    let signed = try sign(taken.take(with: here.vouched))
    let room = Limits.receiptsPerMessage - signed.byDivision.count
    let (handedOn, above) = try node.store.read { snapshot in
      let handedOn = try wordsToHandOn(snapshot, room: room)
      return (handedOn, try receiptsToHandOn(snapshot, room: room - handedOn.receipts.count))
    }
    askedAbove = []
    return Done(
      sentFrames: sentFrames, receivedFrames: receivedFrames, digest: here.digest, receipt: signed.whole,
      hasMoved: here.hasMoved, through: here.hasMoved || withholds ? nil : reach(here.end),
      fetches: here.fetches, hasGap: intake.hasGap, contents: here.contents, isComplete: here.isComplete,
      receipts: signed.byDivision + handedOn.receipts + above.filter { !handedOn.receipts.contains($0) },
      words: handedOn.words)
  }

  /// Nothing for the peer lies before `end`: the next session, and this one if it goes on, read from there.
  /// - Returns: `end`, where the peer was not told of it yet.
  private func reach(_ end: ArrivalCursor) -> ArrivalCursor? {
    sendFrom = end.arrival
    takenSince = 0
    guard end.arrival > told?.arrival ?? 0 else { return nil }
    told = end
    return end
  }

  /// Whether something for the peer came in since `sendFrom` was read. Where all that came was the peer's own,
  /// which the count shows, nothing is searched.
  private func goesOn(_ snapshot: Snapshot, _ scope: @escaping (Space) -> Bool) throws -> Bool {
    guard !withholds, try snapshot.ownCursor().arrival != sendFrom + takenSince else { return false }
    let next = try snapshot.outgoing(
      after: sendFrom, scope: scope, excluding: peerKey, echoThrough: try echoThrough(snapshot), held: held,
      limit: 1)
    return !next.batches.isEmpty
  }
}
