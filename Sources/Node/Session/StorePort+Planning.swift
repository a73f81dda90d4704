internal import Ledger
internal import Replication
internal import Store
internal import Wire

/// What is sent, before anything is: from the peer's cursor on, or by heads; and what each side holds already.
extension StorePort {
  func plan(_ theirs: Hello) throws -> SendPlan {
    drift = theirs.time - node.surroundings.now()
    asked = theirs.unreceipted
    askedAbove = theirs.unreceiptedAbove
    peerStore = theirs.store
    mayFetch = !theirs.withholds
    try attachments.note(peerContents: theirs.contents)
    return try node.store.read { snapshot in
      // A copy of a store has an id of its own once it was opened. Who dialled says so, and is not cut off before.
      if isInitiator, peerNode == node.facts.node, try snapshot.meta(.storeID) == theirs.store {
        throw NodeError.ownStore
      }
      let fits = try theirs.cursor.map(snapshot.fits) ?? true
      hasReadFurther = try !fits && theirs.cursor?.store == snapshot.meta(.storeID)
      if withholds { return SendPlan(offer: []) }
      try renewAuthority(snapshot)
      let scope = try commonScope(snapshot)
      if let cursor = theirs.cursor, fits {
        sendFrom = cursor.arrival
        told = cursor
      }
      let echo = try echoThrough(snapshot)
      if try snapshot.ownCursor().arrival != sendFrom {
        signedFor = try snapshot.receiptedRanges(by: peerNode)
      }
      let first = try snapshot.outgoing(
        after: sendFrom, scope: scope, excluding: peerKey, echoThrough: echo, held: held,
        signedFor: signedFor, limit: Limits.offerBytes)
      guard !first.isLast || first.signedForCount > 0 else { return SendPlan(offer: []) }
      return try offer(after: sendFrom, scope, echoThrough: echo, snapshot)
    }
  }

  /// Offers all that both may read. An empty plan means that there is nothing at all to offer.
  func planByHeads() throws -> SendPlan {
    hasPlannedByHeads = true
    if withholds { return SendPlan(offer: []) }
    return try node.store.read { snapshot in
      try renewAuthority(snapshot)
      sendFrom = 0
      held = HeldRanges()
      signedFor = try snapshot.receiptedRanges(by: peerNode)
      sendsAllThrough = try snapshot.ownCursor().arrival
      return try offer(after: 0, commonScope(snapshot), echoThrough: sendsAllThrough, snapshot)
    }
  }

  func answer(_ offer: [OfferedRange]) throws -> [HeldLog] {
    // What the peer sent before it knew that heads are exchanged may follow on what was left out.
    if hasPlannedByHeads { intake.beginByHeads() }
    return try node.store.read { snapshot in
      try renewAuthority(snapshot)
      // Of a log that the peer may not read it is not told what is held.
      let scope = try commonScope(snapshot)
      let offer = offer.filter { scope($0.log.space) }
      awaited = try snapshot.missingCount(of: offer)
      return try snapshot.held(of: offer)
    }
  }

  /// What lies beyond an arrival, with the peer's own receipts where they cover any of it: that it may hold by another
  /// way, or it was set back, which it has to say itself.
  private func offer(
    after arrival: Int64, _ scope: (Space) -> Bool, echoThrough: Int64, _ snapshot: Snapshot
  ) throws -> SendPlan {
    let (ranges, isAnySignedFor) = try snapshot.offer(
      after: arrival, scope: scope, excluding: peerKey, echoThrough: echoThrough, signedFor: signedFor)
    offered = ranges
    planned = sent + ranges.reduce(0) { $0 + Int(clamping: $1.to - $1.from + 1) }
    let receipts =
      isAnySignedFor
      ? try snapshot.receiptTexts(
        by: peerNode, limit: Limits.receiptsPerMessage, bytes: Limits.receiptBytesPerMessage) : []
    return SendPlan(offer: Offer(ranges, receipts: receipts))
  }

  func narrow(_ answer: [HeldLog]) throws {
    let points = Dictionary(answer.map { ($0.log, $0.points.map(\.n).max() ?? 0) }, uniquingKeysWith: max)
    for range in offered {
      guard let n = points[range.log], n >= range.from else { continue }
      planned -= Int(clamping: min(n, range.to) - range.from + 1)
    }
    try node.store.read { snapshot in
      held = try snapshot.heldRanges(answer)
      // What it may hold all the same is sent, and no sign of a loss.
      signedFor.leaveOut(try snapshot.rangesPerhapsHeld(answer))
    }
  }
}
