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
    let own = identity.key
    let since = try commit.snapshot.restoredAt()
    var shown = ShownLosses()
    var (isLost, isLater) = (false, false)
    for receipt in receipts.compactMap({ try? Receipt(encoded: $0) })
    where receipt.signer == own.nodeID && own.publicKey.verify(receipt.signature, over: receipt.signedBytes) {
      for head in receipt.heads where mayRead(head.log.space) {
        switch try commit.noteLoss(of: head) {
        case .held: continue
        case .known: isLost = true
        case .new:
          (isLost, shown.isAny) = (true, true)
          if let since, receipt.time > since { isLater = true }
        }
      }
    }
    guard isLost else { return shown }
    let isCopy = try StoreCopy(commit.snapshot) != nil
    if since == nil || isLater || isThisStore {
      try commit.noteRestored(at: surroundings.now(), by: .receipts)
    }
    if isThisStore || since == nil && !isCopy {
      shown.isAnother = true
      try LocalNode.becomeAnother(in: commit, surroundings)
    }
    return shown
  }
}
