internal import Ledger
internal import Replication
internal import Store
internal import Trust
internal import Wire

/// What a session signs for, and what it keeps of what the peer signs.
extension StorePort {
  /// What the peer itself wrote and is sent here, it had lost, or a copy of it wrote: whoever sends it holds it, which the
  /// next receipt says unasked. The peer could not ask about what it did not hold when the session began.
  func noteHandedBack(_ batches: [Batch]) throws {
    let logs = Set(batches.map(\.log)).filter { $0.node == peerNode }
    guard !logs.isEmpty else { return }
    try node.store.read { snapshot in
      for log in logs { taken.note(try snapshot.heads(ofBranchesOf: log), of: log) }
    }
  }

  /// Signs for heads, and keeps that.
  ///
  /// - Returns: the receipt, empty where there is nothing to sign for; and where it names several divisions one for each
  ///   besides: only what names nothing else can be handed on to an office of one of them.
  func sign(_ heads: [LogHead]) throws -> (whole: [UInt8], byDivision: [[UInt8]]) {
    guard !heads.isEmpty else { return ([], []) }
    let (whole, signing) = try node.store.write { commit in
      let signing = try commit.nextSigning(now: node.surroundings.now())
      let receipt = try node.receipt(for: heads, at: signing)
      let bytes = receipt.encoded
      try commit.keep(StoredReceipt(receipt, bytes: bytes))
      return (bytes, signing)
    }
    return (whole, try node.receipts(byDivision: heads, at: signing))
  }

  /// This node's own heads that nobody above both has signed for to it, as far as it knows: what the peer brings up further
  /// is signed for to the peer.
  func unreceiptedAbove(_ snapshot: Snapshot, _ scope: (Space) -> Bool) throws -> [LogHead] {
    let above = try officesAboveBoth(
      covering: try node.scope(snapshot.pack()).division, snapshot)
    guard !above.isEmpty else { return [] }
    return try snapshot.heads(
      of: node.facts.node, unreceiptedBy: Array(above), scope: scope, limit: Limits.unreceiptedHeads)
  }

  private func officesAboveBoth(covering division: DivisionCode, _ snapshot: Snapshot) throws -> Set<NodeID> {
    guard let theirs = peer.chain.leaf.office?.scope, !theirs.ancestors.isEmpty else { return [] }
    let common = Set(theirs.ancestors).intersection(try node.scope(snapshot.pack()).ancestors)
    return Set(
      try snapshot.offices().filter { office in
        guard !office.isRevoked, common.contains(office.division) else { return false }
        return try Certificate(der: office.certificate).office?.scope.covers(division) == true
      }.map(\.node))
  }

  /// What others have signed of the peer's own logs, as far as it may read all that is named there: in the first Done what
  /// it asked for; where the session stays open, in each later one what offices above both have signed since.
  ///
  /// - Parameter room: how many find room in the message.
  func receiptsToHandOn(_ snapshot: Snapshot, room: Int) throws -> [[UInt8]] {
    guard !withholds, staysOpen || !askedAbove.isEmpty else { return [] }
    let theirs = authority.reading(by: peer.chain.leaf)
    let all = try snapshot.receipts(naming: peerNode, butOf: [node.facts.node, peerNode])
    let wanted: [NamingReceipt]
    if let former = passedOver {
      let new = all.filter { !former.contains($0.id) }
      guard !new.isEmpty, let division = peer.chain.leaf.office?.scope.division else { return [] }
      let above = try officesAboveBoth(covering: division, snapshot)
      wanted = new.filter { above.contains($0.signer) }
    } else {
      let scope = try commonScope(snapshot)
      let asked = Set(askedAbove.map(\.log).filter { $0.node == peerNode && scope($0.space) })
      wanted = all.filter { !$0.logs.isDisjoint(with: asked) }
    }
    let (texts, left) = try snapshot.texts(
      of: wanted, limit: room, bytes: Limits.receiptBytesPerMessage
    ) { $0.heads.allSatisfy { theirs($0.log.space) } }
    passedOver = Set(all.map(\.id)).subtracting(left)
    return texts
  }

  /// The words of offices above that the peer's store has not heard of, each once in a session.
  func wordsToHandOn(_ snapshot: Snapshot, room: Int) throws -> HandedOnWords {
    guard !withholds else { return HandedOnWords() }
    let told = try toldWords ?? snapshot.wordsTold(to: peerNode, store: peerStore)
    let handedOn = try node.wordsToHandOn(
      to: peer.scope, mayRead: authority.reading(by: peer.chain.leaf), room: room, but: told, snapshot)
    toldWords = told.union(handedOn.words)
    return handedOn
  }

  func takeBack(by words: [WholeWord], named receipts: [[UInt8]]) throws {
    takenBack += try node.store.write { commit in
      try node.takeBack(by: words, named: receipts, told: peer.chain.office, authority, in: commit)
    }
  }

  /// Keeps what the peer signed, or hands on of others. A receipt that nobody signed, or somebody else did, is no receipt;
  /// this node's own says nothing to itself here.
  func keepReceipts(_ all: [[UInt8]]) throws {
    let signed = all.compactMap { bytes in
      (try? Receipt(encoded: bytes)).map { (bytes, receipt: $0) }
    }.filter { $0.receipt.signer != node.facts.node && authority.verify($0.receipt) }
    guard !signed.isEmpty else { return }
    try node.store.write { commit in
      for (bytes, receipt) in signed {
        let stored = StoredReceipt(receipt, bytes: bytes)
        // Somebody who has not heard of it may hand on what its signer has lost since. Its own word is of today.
        if receipt.signer != peerNode, try commit.isOutdated(stored) { continue }
        try commit.keep(stored)
      }
    }
  }

  /// The session is over: whether the peer has signed for all that it may read.
  func noteReceipts() throws {
    guard !withholds else { return }
    try node.store.write { commit in
      try commit.noteReceipted(by: peerNode, peer: peerKey, scope: try commonScope(commit.snapshot))
      if let toldWords, !toldWords.isEmpty {
        try commit.noteTold(toldWords, to: peerNode, store: peerStore)
      }
    }
  }
}

extension LocalNode {
  /// - Returns: this node's signed word that it holds `heads`.
  func receipt(for heads: [LogHead], at signing: SigningTime) throws -> Receipt {
    try Receipt(signer: facts.node, at: signing, heads: heads) { try identity.key.sign($0) }
  }

  /// The same in several, where `heads` are of several divisions: only what names nothing else can be handed on to an office
  /// of one of them.
  func receipts(byDivision heads: [LogHead], at signing: SigningTime) throws -> [[UInt8]] {
    let divisions = Dictionary(grouping: heads.prefix(Limits.headsByDivision), by: \.log.space.division)
    guard divisions.count > 1 else { return [] }
    let parts = divisions.sorted { $0.key < $1.key }.prefix(Limits.receiptsPerMessage)
    return try parts.map { try receipt(for: $0.value, at: signing).encoded }
  }

  /// What others have signed of an office's own logs, what came last first, as far as it may read all that is named there.
  func receiptsToHandOn(to office: NodeID, mayShow: (Space) -> Bool, _ snapshot: Snapshot) throws -> [[UInt8]]
  {
    try snapshot.texts(
      of: snapshot.receipts(naming: office, butOf: [facts.node, office]), limit: Limits.receiptsPerMessage,
      bytes: Limits.receiptBytesPerMessage
    ) { $0.heads.allSatisfy { mayShow($0.log.space) } }.texts
  }
}
