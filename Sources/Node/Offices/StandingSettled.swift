internal import Ledger
internal import Store
internal import Trust

extension Standing {
  /// Brings the store in line: takes out what does not count, takes in again what does.
  ///
  /// What an office loses may hold certificates and revocations in turn, so that the judgement is made anew
  /// after each, from the top down.
  ///
  /// - Parameters:
  ///   - others: nodes whose line lies wrong though nothing was said of them.
  ///   - anew: judges certificates also where nothing was ever taken back: who enrols may have another one, by which what it
  ///     had issued counts.
  /// - Returns: whether anything changed, and how everybody stands now; nil where nothing had to be judged.
  @discardableResult
  static func settle(
    in commit: Commit, identity: Identity, at time: Int64, alsoOf others: [NodeID] = [],
    certificatesAnew anew: Bool = false
  ) throws -> (hasChanged: Bool, standing: Standing?) {
    guard let root = identity.authority, try anew || commit.snapshot.anythingWithdrawn() else {
      return (false, nil)
    }
    var issued = IssuedCertificates(root: root)
    var hasChanged = false
    while true {
      let standing = try Standing(commit.snapshot, root: root)
      if try issued.choose(in: commit, standing) || standing.draw(in: commit, identity, others, at: time) {
        hasChanged = true
        continue
      }
      for node in standing.order {
        try commit.note(
          standing.honoured[node] ?? .everything, of: node, isRevoked: standing.revoked.contains(node))
      }
      return (try IssuedPacks.choose(in: commit) || hasChanged, standing)
    }
  }

  /// Draws the line through the logs of the first office where it lies wrong.
  /// - Returns: whether there is one.
  private func draw(
    in commit: Commit, _ identity: Identity, _ others: [NodeID], at time: Int64
  ) throws -> Bool {
    let known = Set(order)
    for node in order + others.filter({ !known.contains($0) }) {
      guard node != identity.key.nodeID else {
        guard let own = own(identity) else { continue }
        let hasMoved = try commit.honour(
          own.honoured, of: node, reason: own.honoured.fault.code, at: time, where: own.concerns)
        if hasMoved { return true }
        continue
      }
      let how = honoured[node] ?? .everything
      let reason = fallen.contains(node) ? BatchFault.unknownAuthor : how.fault
      if try commit.honour(how, of: node, reason: reason.code, at: time) { return true }
    }
    return false
  }
}

extension LocalNode {
  /// Whether what somebody shows of itself counts here.
  ///
  /// - Parameter standing: how everybody stands, where that was judged already.
  /// - Throws: `CertificateRefusal` where it was revoked, or its issuer was or may enrol no more, and is not known to
  ///   have issued this.
  func requireStanding(_ chain: TrustedChain, _ snapshot: Snapshot, _ standing: Standing? = nil) throws {
    let issuer = chain.issuer?.nodeID
    let isInDoubt =
      try snapshot.office(chain.leaf.nodeID)?.isRevoked == true
      || issuer.map { try snapshot.anythingSaid(against: $0) || snapshot.authorsOfCutNotices().contains($0) }
        == true
    guard isInDoubt else { return }
    let standing = try standing ?? Standing(snapshot, root: identity.authority)
    guard !standing.isRevoked(chain.leaf) else { throw refusal(.revoked, of: chain) }
    guard try standing.counts(chain.leaf, by: issuer) else { throw refusal(.issuerRevoked, of: chain) }
  }

  private func refusal(_ reason: CertificateRefusal.Reason, of chain: TrustedChain) -> CertificateRefusal {
    let node = chain.leaf.nodeID
    let isEnroller = node == identity.chain.dropFirst().first?.nodeID
    return CertificateRefusal(
      reason: reason, holder: node == facts.node ? .own : isEnroller ? .enroller : .other,
      name: chain.office.name)
  }
}
