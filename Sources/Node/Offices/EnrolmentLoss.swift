public import Ledger
internal import Store
internal import Trust

/// Why an office must be enrolled anew though it has a certificate. Of an office that was revoked by name there is none:
/// its key is enrolled no more.
public enum EnrolmentLoss: Sendable, Hashable {
  /// The certificate does not count: whoever issued it was revoked or may enrol no more, and is not known to have issued it
  /// before; or it has ended by this clock.
  case fallen
  /// An office above refused it because of that; this store has not heard of it yet.
  case refused(by: NodeID)
  /// It counts until it ends (seconds since 1970), and nobody renews it: whoever issued it was revoked or may enrol no
  /// more.
  case unrenewed(until: Int64)
}

extension LocalNode {
  /// Which of the offices known here must be enrolled anew, and why: `fallen` or `unrenewed`.
  public func enrolmentLosses() throws -> [NodeID: EnrolmentLoss] {
    try store.read { snapshot in
      let standing = try Standing(snapshot, root: identity.authority)
      let offices = try snapshot.offices()
      let withoutWord = Set(try offices.filter { try $0.isOutOfWord }.map(\.node))
      var losses: [NodeID: EnrolmentLoss] = [:]
      for office in offices where !standing.revokedByName.contains(office.node) {
        if standing.fallen.contains(office.node) {
          losses[office.node] = .fallen
        } else if !office.isRevoked, !office.isOfAuthority, let issuer = office.issuer,
          withoutWord.contains(issuer)
        {
          losses[office.node] = unrenewed(until: office.expires)
        }
      }
      return losses
    }
  }

  /// Whether this office must be enrolled anew, and how it is known.
  public func enrolmentLoss() throws -> EnrolmentLoss? { try store.read { try enrolmentLoss($0) } }

  func enrolmentLoss(_ snapshot: Snapshot) throws -> EnrolmentLoss? {
    guard !facts.isRegion, facts.isEnrolled, let own = identity.chain.first else { return nil }
    let standing = try Standing(snapshot, root: identity.authority)
    guard !standing.revokedByName.contains(facts.node) else { return nil }
    let issuer = identity.chain.dropFirst().first?.nodeID
    let isOutOfWord = try issuer.flatMap { try snapshot.office($0)?.isOutOfWord } == true
    if try standing.fallen.contains(facts.node) || isOutOfWord && !standing.counts(own, by: issuer) {
      return .fallen
    }
    if let refusal = try EnrolmentRefusal.standing(of: self, snapshot) {
      return .refused(by: refusal.refuser)
    }
    return isOutOfWord ? unrenewed(until: own.notAfter) : nil
  }

  /// - Parameter end: in seconds since 1970.
  private func unrenewed(until end: Int64) -> EnrolmentLoss {
    end <= surroundings.now() / 1000 ? .fallen : .unrenewed(until: end)
  }

  /// Another certificate takes the place of the one that was refused. Who issued the former is dialled no more, where that
  /// was refused for its issuer's sake or its issuer is known to be revoked.
  ///
  /// - Parameter issuers: who issued the one that is taken up, and who gave it.
  /// - Returns: the names of those.
  func forgetFormerEnrollers(but issuers: Set<NodeID>, in commit: Commit) throws -> [String] {
    var dropped: [String] = []
    let wasRefused = try EnrolmentRefusal.standing(of: self, commit.snapshot) != nil
    for peer in try commit.snapshot.peers() where peer.isEnroller && peer.isListed {
      guard let node = peer.node, !issuers.contains(node),
        try wasRefused || commit.snapshot.office(node)?.isRevoked == true
      else { continue }
      try commit.unlistPeer(key: peer.key)
      dropped.append(peer.name ?? peer.address ?? String(node.description.prefix(12)))
    }
    try commit.clearMeta(.refusedBy)
    try forgetRefusals(in: commit)
    try commit.forgetEnrollers()
    return dropped
  }

  /// What peers said of the former certificate says nothing any more. What this node says of a peer's own has the same name,
  /// and stays where that certificate does not count.
  private func forgetRefusals(in commit: Commit) throws {
    let standing = try Standing(commit.snapshot, root: identity.authority)
    for peer in try commit.snapshot.peers()
    where peer.lastError == CertificateRefusal.Reason.issuerRevoked.rawValue {
      if let node = peer.node, standing.fallen.contains(node) { continue }
      try commit.forgetFailure(of: peer.key)
    }
  }
}

extension OfficeRow {
  /// Whether an office certifies nobody: it was revoked, or has not the right.
  fileprivate var isOutOfWord: Bool {
    get throws {
      if isRevoked { return true }
      // A row of an older step knows no rights.
      let rights =
        self.rights == 0 ? try Certificate(der: certificate).office?.rights : Rights(rawValue: self.rights)
      return rights?.contains(.enrol) != true
    }
  }
}
