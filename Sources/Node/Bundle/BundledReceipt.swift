internal import Ledger
internal import Store
internal import Trust
internal import Wire

/// The receipt that a bundle takes back: who only has sticks learns by it what has arrived, and carries it no more.
///
/// It stands in the Done behind everything else, as a session's does.
struct BundledReceipt {
  /// What the maker holds of others' logs that the recipient may read, the recipient's own first; of its own as well
  /// where it may lack some of these.
  let receipt: Receipt?

  /// - Parameter signing: when it is signed; what is held is read after that. A later term than the first takes up a head's
  ///   room.
  init(
    of node: LocalNode, for recipient: NodeID, at signing: SigningTime, scope: (Space) -> Bool,
    _ snapshot: Snapshot
  ) throws {
    let mayLackOwn = try snapshot.restoredAt() != nil || StoreCopy(snapshot) != nil
    let heads = try snapshot.headsHeld(
      but: mayLackOwn ? nil : node.facts.node, first: recipient, scope: scope,
      limit: Limits.logsPerMessage - (signing.term > 0 ? 1 : 0))
    guard !heads.isEmpty else {
      receipt = nil
      return
    }
    receipt = try node.receipt(for: heads, at: signing)
  }

  /// - Parameter frames: Changes payloads that stand before it.
  func message(after frames: UInt64, digest: Hash256) -> Message? {
    receipt.map {
      .done(Done(sentFrames: frames, receivedFrames: 0, digest: digest, receipt: $0.encoded))
    }
  }

  /// Keeps what a bundle brings. A receipt that nobody signed, or somebody else than the maker did, is none. It names all
  /// that the maker holds: what that said before and does not say any more is taken back. One from before such a one says
  /// nothing, for a stick may have been long on its way.
  ///
  /// - Parameters:
  ///   - scope: what both may read.
  /// - Returns: how many changes the maker had signed for and does not hold any more.
  static func keep(
    _ done: Done, of maker: NodeID, peer: Int64, scope: (Space) -> Bool, _ authority: Authority,
    in commit: Commit
  ) throws -> Int {
    guard let receipt = try? Receipt(encoded: done.receipt), receipt.signer == maker,
      authority.verify(receipt)
    else { return 0 }
    let stored = StoredReceipt(receipt, bytes: done.receipt)
    guard try !commit.isOutdated(stored) else { return 0 }
    // Where there is no room for all of them, one that is not named may be held.
    let isAll = receipt.headCount < Limits.logsPerMessage
    let takenBack = isAll ? try commit.takeBack(by: stored, of: peer, in: scope) : 0
    try commit.keep(stored)
    return takenBack
  }
}
