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
  /// Whether `receipt` names all of its own logs.
  private let namesOwn: Bool
  private let words: [WholeWord]

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
    let handedOn = try node.wordsToHandOn(
      to: theirs, mayRead: theirs.mayRead, room: Limits.receiptsPerMessage, snapshot)
    words = handedOn.words
    let others = try node.receiptsToHandOn(to: recipient, mayShow: theirs.mayRead, snapshot)
    let heads = try signing.map { signing in
      try snapshot.headsHeld(
        but: mayLackOwn ? nil : node.facts.node, first: recipient, scope: scope,
        limit: Limits.logsPerMessage - (signing.term > 0 ? 1 : 0))
    }
    var parts: [[UInt8]] = []
    if let signing, let heads, !heads.isEmpty {
      receipt = try node.receipt(for: heads, at: signing)
      if try !node.isBelow(theirs, snapshot.pack()) {
        parts = try node.receipts(byDivision: heads, at: signing)
      }
    } else {
      receipt = nil
    }
    // Those of the words come first: without them these would take back too much.
    let all = handedOn.receipts + parts + others.filter { !handedOn.receipts.contains($0) }
    further = Array(all.prefix(Limits.receiptsPerMessage))
    namesOwn = mayLackOwn && receipt != nil
  }

  var isAny: Bool { receipt != nil || !further.isEmpty || !words.isEmpty }

  /// - Parameter frames: Changes payloads that stand before it.
  func message(after frames: UInt64, digest: Hash256) -> Message? {
    guard isAny else { return nil }
    return .done(
      Done(
        sentFrames: frames, receivedFrames: 0, digest: digest, receipt: receipt?.encoded ?? [],
        receipts: further, namesOwn: namesOwn, words: words))
  }

  /// What a bundle brings. A receipt that nobody signed, or somebody else than the maker did, is none.
  static func read(_ done: Done, of maker: NodeID, _ authority: Authority) -> Receipt? {
    guard let receipt = try? Receipt(encoded: done.receipt), receipt.signer == maker,
      authority.verify(receipt)
    else { return nil }
    return receipt
  }

  /// Keeps what a bundle brings: that of its maker names all that the maker holds; what that said before and does not say any
  /// more is taken back. One from before such a one says nothing, for a stick may have been long on its way.
  ///
  /// What is handed on is kept after that, and before what the maker says itself: its own by division say what its whole
  /// one does, and are to be handed on in turn.
  ///
  /// - Parameters:
  ///   - receipt: as `read` gave it.
  ///   - peer: the maker.
  ///   - scope: what both may read.
  /// - Returns: how many changes the maker had signed for and does not hold any more.
  static func keep(
    _ receipt: Receipt?, with done: Done, peer: Int64, scope: (Space) -> Bool, _ authority: Authority,
    in commit: Commit
  ) throws -> Int {
    let own = try commit.snapshot.meta(.node).flatMap { NodeID($0) }
    var said = done.receipts.compactMap { bytes -> StoredReceipt? in
      guard let receipt = try? Receipt(encoded: bytes), receipt.signer != own, authority.verify(receipt)
      else { return nil }
      return StoredReceipt(receipt, bytes: bytes)
    }
    if let receipt { said.append(StoredReceipt(receipt, bytes: done.receipt)) }
    let valid = try said.filter { try !commit.isOutdated($0) }
    var takenBack = 0
    if let receipt, valid.last?.bytes == done.receipt {
      takenBack = try takeBack(by: receipt, namesOwn: done.namesOwn, peer: peer, scope: scope, in: commit)
    }
    for stored in valid { try commit.keep(stored) }
    return takenBack
  }

  private static func takeBack(
    by receipt: Receipt, namesOwn: Bool, peer: Int64, scope: (Space) -> Bool, in commit: Commit
  ) throws -> Int {
    // Where there is no room for all of them, one that is not named may be held.
    guard receipt.headCount < Limits.logsPerMessage else { return 0 }
    let word = WholeWord(signer: receipt.signer, signing: receipt.signing)
    let count = try commit.takeBack(
      by: word, naming: receipt.heads, namesOwn: namesOwn, of: peer, in: scope)
    try commit.noteLast(word)
    try commit.noteWord(of: receipt.signer, tookBack: count > 0)
    try commit.noteToHandOn(word, naming: receipt.heads)
    return count
  }
}
