internal import Ledger
internal import Store
internal import Trust

/// A store that was restored from an old backup, or set back in its place, lost what came after.
extension LocalNode {
  /// What this node has signed for itself is true: where it is not held, it was lost. Who learns of that so signs nothing
  /// more under the epoch that it had.
  ///
  /// - Parameter receipts: as a peer kept them; such as are not this node's say nothing.
  /// - Returns: whether this store did not know yet that it lost anything.
  func noteLosses(by receipts: [[UInt8]], mayRead: (Space) -> Bool) throws -> Bool {
    let own = identity.key
    let heads = receipts.compactMap { try? Receipt(encoded: $0) }.filter {
      $0.signer == own.nodeID && own.publicKey.verify($0.signature, over: $0.signedBytes)
    }.flatMap(\.heads).filter { mayRead($0.log.space) }
    // Looked at before anything waits for it: nobody has lost anything as a rule.
    let lost = try store.read { try $0.lost(of: Set(heads)) }
    guard !lost.isEmpty else { return false }
    return try store.write { commit in
      guard try commit.noteLosses(of: lost), try commit.snapshot.restoredAt() == nil else { return false }
      try commit.noteRestored(at: surroundings.now())
      try LocalNode.becomeAnother(in: commit, surroundings)
      return true
    }
  }
}
