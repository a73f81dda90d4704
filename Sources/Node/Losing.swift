internal import Ledger
internal import Store
internal import Trust

/// A store that was restored from an old backup, or set back in its place, lost what came after; and what a copy of it
/// has taken in since, it never had.
extension LocalNode {
  /// What receipts of its own key said to a store.
  struct ShownLosses {
    /// Whether they name anything that it does not hold and did not know of.
    var isAny = false
    /// Whether the store goes on under another epoch because of it.
    var isAnother = false

    mutating func add(_ other: ShownLosses) {
      isAny = isAny || other.isAny
      isAnother = isAnother || other.isAnother
    }
  }

  /// What this node's key has signed for is true: where it is not held, this store lost it, or a copy of the store has
  /// signed. Who learns that first signs nothing more under the epoch that it had; so does, each time, one that a peer
  /// has read further than it now goes, for no copy has its store id. A copy has had another epoch ever since.
  ///
  /// What was signed for after this store last learnt so was lost by another fall, or is a copy's: from then on it waits
  /// once more for everybody.
  ///
  /// - Parameters:
  ///   - receipts: as a peer kept them; such as are not this node's say nothing.
  ///   - isThisStore: whether it is shown otherwise that this very store once held more.
  func noteLosses(
    by receipts: [[UInt8]], mayRead: (Space) -> Bool, isThisStore: Bool = false, in commit: Commit
  ) throws -> ShownLosses {
    let signed = ownReceipts(receipts)
    let last = try commit.snapshot.lastSigning()
    if let newest = signed.map(\.signing).max() { try commit.noteSigned(at: newest) }
    let lost = try commit.snapshot.lost(of: Set(signed.flatMap(\.heads).filter { mayRead($0.log.space) }))
    var shown = ShownLosses()
    guard !lost.isEmpty else { return shown }
    let new = try commit.noteLosses(of: lost)
    let since = try commit.snapshot.restoredAt()
    shown.isAny = !new.isEmpty
    // What was said before it was lost must not pass for what is said from here on.
    if !new.isEmpty { try commit.beginTerm(.epoch) }
    let isLater = signed.contains { receipt in
      guard let since, receipt.heads.contains(where: new.contains) else { return false }
      // A bundle that was made since moves the last one on, and says nothing of what was lost before it.
      return receipt.time > since || last.map { receipt.signing > $0 } ?? false
    }
    let isCopy = try StoreCopy(commit.snapshot) != nil
    if since == nil || isLater || isThisStore {
      // Where the clock was set back between them, the later of two stores that are made out of one backup does not begin the
      // later term: one that has signed nothing in its own yet is shown what another has signed, and knows of no fall but that
      // it was restored.
      let isRestored = try last?.isBeginning == true && commit.snapshot.lossEvidence() == .backup
      try commit.noteRestored(
        at: surroundings.now(), by: isRestored && !isThisStore ? .backup : .receipts)
    }
    if isThisStore || since == nil && !isCopy {
      shown.isAnother = true
      try LocalNode.becomeAnother(in: commit, surroundings)
    }
    return shown
  }

  /// Whether receipts of its own key are news to this store, or name anything that is not held: looked at before anything
  /// waits for it, for as a rule nobody has lost anything.
  func hasLost(by receipts: [[UInt8]], mayRead: (Space) -> Bool, _ snapshot: Snapshot) throws -> Bool {
    let signed = ownReceipts(receipts)
    if let last = try snapshot.lastSigning(), signed.contains(where: { last < $0.signing }) { return true }
    return try !snapshot.lost(of: Set(signed.flatMap(\.heads).filter { mayRead($0.log.space) })).isEmpty
  }

  private func ownReceipts(_ receipts: [[UInt8]]) -> [Receipt] {
    let own = identity.key
    return receipts.compactMap { try? Receipt(encoded: $0) }.filter {
      $0.signer == own.nodeID && own.publicKey.verify($0.signature, over: $0.signedBytes)
    }
  }
}
