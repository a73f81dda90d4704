public import Ledger
internal import Store
internal import Trust

/// Why an office must be enrolled anew though it has a certificate.
public enum EnrolmentLoss: Sendable, Hashable {
  /// Whoever issued its certificate was revoked or may enrol no more, as this store knows.
  case issuerFell
  /// An office refused it because of that; this store has not heard of it yet.
  case refused(by: NodeID)
}

extension LocalNode {
  /// Whether this office must be enrolled anew, and how it is known.
  public func enrolmentLoss() throws -> EnrolmentLoss? { try store.read { try enrolmentLoss($0) } }

  func enrolmentLoss(_ snapshot: Snapshot) throws -> EnrolmentLoss? {
    guard !facts.isRegion, facts.isEnrolled else { return nil }
    let standing = try Standing(snapshot, root: identity.authority)
    // A key that was revoked by name is enrolled no more.
    if standing.revokedByName.contains(facts.node) { return nil }
    if let issuer = identity.chain.dropFirst().first, try snapshot.office(issuer.nodeID)?.isRevoked == true {
      return .issuerFell
    }
    if standing.fallen.contains(facts.node) { return .issuerFell }
    return try snapshot.meta(.refusedBy).flatMap { NodeID($0) }.map { .refused(by: $0) }
  }

  /// Whether an error is a peer's word that this office's certificate counts no more.
  func isEnrolmentLost(_ error: (any Error)?) -> Bool {
    guard case NodeError.peerRefused(let code, _)? = error else { return false }
    return CertificateRefusal.Reason(rawValue: code) == .issuerRevoked
  }

  /// Another certificate takes the place of the one that was refused. Who issued the former is dialled no more, where that
  /// was refused for its issuer's sake or its issuer is known to be revoked.
  ///
  /// - Parameter issuers: who issued the one that is taken up, and who gave it.
  /// - Returns: the names of those.
  func forgetFormerEnrollers(but issuers: Set<NodeID>, in commit: Commit) throws -> [String] {
    var dropped: [String] = []
    let wasRefused = try commit.snapshot.meta(.refusedBy) != nil
    for peer in try commit.snapshot.peers() where peer.isEnroller && peer.isListed {
      guard let node = peer.node, !issuers.contains(node),
        try wasRefused || commit.snapshot.office(node)?.isRevoked == true
      else { continue }
      try commit.unlistPeer(key: peer.key)
      dropped.append(peer.name ?? peer.address ?? String(node.description.prefix(12)))
    }
    try commit.clearMeta(.refusedBy)
    try commit.forgetFailures(code: CertificateRefusal.Reason.issuerRevoked.rawValue)
    try commit.forgetEnrollers()
    return dropped
  }
}
