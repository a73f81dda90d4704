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
  private let receipt: Receipt?
  /// The same once more, a division each, where the recipient stands below and may hand it on; and what others have signed
  /// of the recipient's logs.
  private let further: [[UInt8]]

  /// - Parameters:
  ///   - signing: when it is signed; what is held is read after that. A later term than the first takes up a head's room. nil:
  ///     nothing is signed.
  ///   - scope: what both may read.
  ///   - theirs: the recipient's.
  init(
    of node: LocalNode, for recipient: NodeID, at signing: SigningTime?, scope: (Space) -> Bool,
    theirs: Scope, _ snapshot: Snapshot
  ) throws {
    let mayLackOwn = try snapshot.restoredAt() != nil || StoreCopy(snapshot) != nil
    let others = try node.receiptsToHandOn(to: recipient, mayShow: theirs.mayRead, snapshot)
    guard let signing else {
      (receipt, further) = (nil, others)
      return
    }
    let heads = try snapshot.headsHeld(
      but: mayLackOwn ? nil : node.facts.node, first: recipient, scope: scope,
      limit: Limits.logsPerMessage - (signing.term > 0 ? 1 : 0))
    guard !heads.isEmpty else {
      (receipt, further) = (nil, others)
      return
    }
    let isAbove = try !node.isBelow(theirs, snapshot.pack())
    let parts = try isAbove ? node.receipts(byDivision: heads, at: signing) : []
    further = Array((parts + others).prefix(Limits.receiptsPerMessage))
    receipt = try node.receipt(for: heads, at: signing)
  }

  var isAny: Bool { receipt != nil || !further.isEmpty }

  /// - Parameter frames: Changes payloads that stand before it.
  func message(after frames: UInt64, digest: Hash256) -> Message? {
    guard isAny else { return nil }
    return .done(
      Done(
        sentFrames: frames, receivedFrames: 0, digest: digest, receipt: receipt?.encoded ?? [],
        receipts: further))
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
  /// - Returns: how many changes the maker had signed for and does not hold any more.
  static func keep(
    _ receipt: Receipt, peer: Int64, scope: (Space) -> Bool, in commit: Commit
  ) throws -> Int {
    let stored = StoredReceipt(receipt, bytes: receipt.encoded)
    guard try !commit.isOutdated(stored) else { return 0 }
    // Where there is no room for all of them, one that is not named may be held.
    let isAll = receipt.headCount < Limits.logsPerMessage
    let takenBack = isAll ? try commit.takeBack(by: stored, of: peer, in: scope) : 0
    if isAll { try commit.noteWord(of: stored.signer, tookBack: takenBack > 0) }
    try commit.keep(stored)
    return takenBack
  }

  /// Keeps what a bundle hands on, before what its maker says itself. Those of the maker by division say what its whole one
  /// does, and are kept to be handed on in turn.
  static func keep(handedOn receipts: [[UInt8]], _ authority: Authority, in commit: Commit) throws {
    let own = try commit.snapshot.meta(.node).flatMap { NodeID($0) }
    for bytes in receipts {
      guard let receipt = try? Receipt(encoded: bytes), receipt.signer != own, authority.verify(receipt)
      else { continue }
      let stored = StoredReceipt(receipt, bytes: bytes)
      if try !commit.isOutdated(stored) { try commit.keep(stored) }
    }
  }
}
