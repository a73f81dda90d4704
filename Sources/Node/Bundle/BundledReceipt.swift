internal import Ledger
internal import Store
internal import Trust
internal import Wire

/// The receipt that a bundle takes back: who only has sticks learns by it what has arrived, and carries it no more.
///
/// It stands in the Done behind everything else, as a session's does.
struct BundledReceipt {
  /// What the maker holds of others' logs that the recipient may read, the recipient's own first.
  let receipt: Receipt?

  init(
    of node: LocalNode, for recipient: NodeID, scope: (Space) -> Bool, _ snapshot: Snapshot
  ) throws {
    let heads = try snapshot.headsOfOthers(
      than: node.facts.node, first: recipient, scope: scope, limit: Limits.logsPerMessage)
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

  /// Keeps what a bundle brings. A receipt that nobody signed, or somebody else than the maker did, is none.
  static func keep(_ done: Done, of maker: NodeID, _ authority: Authority, in commit: Commit) throws {
    guard let receipt = try? Receipt(encoded: done.receipt), receipt.signer == maker,
      authority.verify(receipt)
    else { return }
    try commit.keep(
      StoredReceipt(signer: maker, at: receipt.time, heads: receipt.heads, bytes: receipt.encoded))
  }
}
