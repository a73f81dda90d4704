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

  init(
    of node: LocalNode, for recipient: NodeID, scope: (Space) -> Bool, _ snapshot: Snapshot
  ) throws {
    let mayLackOwn = try snapshot.restoredAt() != nil || StoreCopy(snapshot) != nil
    let heads = try snapshot.headsHeld(
      but: mayLackOwn ? nil : node.facts.node, first: recipient, scope: scope, limit: Limits.logsPerMessage)
    guard !heads.isEmpty else {
      receipt = nil
      return
    }
    receipt = try Receipt(signer: node.facts.node, time: node.surroundings.now(), heads: heads) {
      try node.identity.key.sign($0)
    }
  }

  /// - Parameter frames: Changes payloads that stand before it.
  func message(after frames: UInt64, digest: Hash256) -> Message? {
    receipt.map {
      .done(Done(sentFrames: frames, receivedFrames: 0, digest: digest, receipt: $0.encoded))
    }
  }

  /// What a bundle brings. A receipt that nobody signed, or somebody else than the maker did, is none.
  static func read(_ done: Done, of maker: NodeID, _ authority: Authority) -> Receipt? {
    guard let receipt = try? Receipt(encoded: done.receipt), receipt.signer == maker,
      authority.verify(receipt)
    else { return nil }
    return receipt
  }

  /// Keeps what a bundle brings. It names all that the maker holds: what that said before and does not say any more is taken
  /// back. One from before such a one says nothing, for a stick may have been long on its way.
  ///
  /// - Parameters:
  ///   - receipt: as `read` gave it.
  ///   - scope: what both may read.
  ///   - now: this store's clock, milliseconds since 1970.
  /// - Returns: how many changes the maker had signed for and does not hold any more.
  static func keep(
    _ receipt: Receipt, peer: Int64, scope: (Space) -> Bool, now: Int64, in commit: Commit
  ) throws -> Int {
    let stored = StoredReceipt(
      signer: receipt.signer, at: receipt.time, heads: receipt.heads, bytes: receipt.encoded)
    guard try !commit.isOutdated(stored, now: now) else { return 0 }
    // Where there is no room for all of them, one that is not named may be held.
    let isAll = receipt.heads.count < Limits.logsPerMessage
    let takenBack = isAll ? try commit.takeBack(by: stored, of: peer, in: scope, now: now) : 0
    try commit.keep(stored)
    return takenBack
  }
}
