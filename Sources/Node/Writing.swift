internal import Campaign
internal import Ledger
internal import Store
internal import Trust

/// How this node's own changes come about: one door for edits, imports, resolutions and certificates.
extension LocalNode {
  /// Appends one change to this node's log in `space`, within `commit`'s transaction.
  ///
  /// - Parameter time: milliseconds since 1970.
  func append(
    to space: Space, operatorName: String, mutations: [Mutation] = [], statements: [Statement] = [],
    in commit: Commit
  ) throws {
    // Another process joined meanwhile: what may be written where was judged without its certificate.
    guard try isPlaced(in: commit.snapshot) else { throw StoreError.busy }
    let log = try ownLog(space, commit.snapshot)
    var head = try commit.head(of: log)
    let start = head
    var content = ChangeContent(
      time: surroundings.now(), operatorName: operatorName, mutations: mutations, statements: statements)
    if let leaf = identity.chain.first, try commit.namedCertificate(of: log) != leaf.fingerprint {
      content.certificate = leaf.fingerprint
    }
    let (change, signature) = try head.append(content, seed: surroundings.random(16)) {
      try identity.key.sign($0)
    }
    try commit.append(
      VerifiedBatch(own: change, content: content, signature: signature, after: start), source: 0)
  }

  func ownLog(_ space: Space, _ snapshot: Snapshot) throws -> LogID {
    guard let epoch = try snapshot.meta(.epoch), epoch.count == 8 else {
      throw StoreError.damaged("the store has no epoch")
    }
    return LogID(node: facts.node, space: space, epoch: epoch.reduce(0) { $0 << 8 | UInt64($1) })
  }

  /// - Throws: `outsideScope` where this office may not write to `division`.
  func requireScope(_ division: DivisionCode, _ pack: Pack) throws {
    guard scope(pack).covers(division) else {
      throw NodeError.outsideScope(division: division, own: facts.division)
    }
  }

  func newRecordID() -> RecordID {
    var ids = RecordIDs(surroundings, drawing: 1)
    return ids.next()
  }
}
