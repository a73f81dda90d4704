internal import Foundation
public import Ledger
internal import Store
internal import Trust

/// Certificates that renew themselves: who issued one issues the next when it hears of the office in the last months of
/// it, in the notices, and the office takes it from there.
extension LocalNode {
  /// How long before its end a certificate is renewed, in days: an office that comes by once in half a year never
  /// runs out.
  static let renewalDays: Int64 = 180

  /// Whether a certificate is in the time in which it is renewed, and has not ended.
  ///
  /// - Parameter end: in seconds since 1970.
  public func isAboutToEnd(_ end: Int64) -> Bool {
    let now = surroundings.now() / 1000
    return end > now && LocalNode.isDue(until: end, at: now)
  }

  /// When the renewal of a certificate is due, in seconds since 1970.
  private static func due(_ end: Int64) -> Int64 { end - renewalDays * 86_400 }

  private static func isDue(until end: Int64, at now: Int64) -> Bool { now > due(end) }

  /// Issues a peer's next certificate where this node issued the one it has, and that is about to end. One that has
  /// ended is for a person to renew: the computer may have been lost meanwhile.
  ///
  /// - Parameter shown: the chain that it showed.
  func renewIfDue(_ shown: TrustedChain, in commit: Commit) throws {
    let now = surroundings.now() / 1000
    guard let row = try commit.snapshot.office(shown.leaf.nodeID), isIssuedHere(shown),
      !shown.hasEnded(at: now), row.expires > now, LocalNode.isDue(until: row.expires, at: now)
    else { return }
    try renew(row, in: commit)
  }

  /// The same for the offices that this node hears of by way of others alone: those that wrote something since their
  /// renewal is due.
  func renewHeardOf() throws {
    guard identity.authorityKey != nil || identity.chain.first?.office?.rights.contains(.enrol) == true else {
      return
    }
    let now = surroundings.now() / 1000
    func due(_ snapshot: Snapshot) throws -> [OfficeRow] {
      try snapshot.offices(expiring: now + 1...now + LocalNode.renewalDays * 86_400).filter { row in
        try row.node != facts.node && isIssuedHere(row)
          && snapshot.hasWritten(row.node, within: LocalNode.due(row.expires), now)
      }
    }
    guard try !store.read(due).isEmpty else { return }
    // Another process may have been faster.
    try store.write { commit in for row in try due(commit.snapshot) { try renew(row, in: commit) } }
  }

  private func renew(_ row: OfficeRow, in commit: Commit) throws {
    let certificate = try Certificate(der: row.certificate)
    guard !row.isRevoked, let office = certificate.office else { return }
    do {
      _ = try certify(
        certificate.publicKey, name: office.name, officeID: office.id, division: office.scope.division,
        only: office.scope.covered == [office.scope.division],
        mayEnrol: identity.authorityKey != nil && office.rights.contains(.enrol), in: commit)
    } catch is TrustError, NodeError.mayNotNarrow, NodeError.mayNotEnrol {
      // Not what this node may issue any more: a person has to look at it.
    }
  }

  private func isIssuedHere(_ chain: TrustedChain) -> Bool {
    chain.issuer.map { $0.nodeID == facts.node } ?? (identity.authorityKey != nil)
  }

  private func isIssuedHere(_ row: OfficeRow) -> Bool {
    row.isOfAuthority ? identity.authorityKey != nil : row.issuer == facts.node
  }

  /// Lets the issuer hear of this node by way of others: where its renewal is due and nothing was written since, it shows
  /// its certificate in its notices, once.
  ///
  /// - Parameter peer: who is about to be given what is here; the issuer itself has no need of it.
  func showIfDue(to peer: OfficeRow, in commit: Commit) throws {
    let now = surroundings.now() / 1000
    guard isRenewalDue, !isIssuer(peer), let own = identity.chain.first,
      try !commit.snapshot.hasWritten(facts.node, within: LocalNode.due(own.notAfter), now)
    else { return }
    try append(
      to: Space(division: facts.division, section: .notices), operatorName: "",
      statements: [.certificate(own.der)], in: commit)
  }

  /// Whether somebody is to renew this node's certificate, and it has not ended.
  var isRenewalDue: Bool {
    guard !facts.isRegion, let end = identity.chain.first?.notAfter else { return false }
    return isAboutToEnd(end)
  }

  /// Whether a peer issued this node's certificate: its enroller, or the region, which alone issues packs.
  func isIssuer(_ peer: OfficeRow) -> Bool {
    identity.chain.dropFirst().first.map { $0.nodeID == peer.node }
      ?? Rights(rawValue: peer.rights).contains(.issuePacks)
  }

  /// The region renews its own certificate, also one that has ended: it holds the CA.
  func renewOwnIfDue() throws {
    guard facts.isRegion, let own = identity.chain.first,
      LocalNode.isDue(until: own.notAfter, at: surroundings.now() / 1000)
    else { return }
    try renew(for: facts.division, try store.read { try $0.pack() })
    try renewIdentity()
  }

  /// Takes up the certificate that the notices have for this node in place of the one it has: from the CA, or from who
  /// issued that one, and with all that it covers (an enroller elsewhere may have certified the key unasked); or what a
  /// narrowing left of it.
  /// - Returns: what the office covers that it did not, and covers no more; nil where there is no other one.
  @discardableResult
  func adoptRenewal() throws -> ScopeChange? {
    guard let root = identity.authority, let former = identity.chain.first,
      let chain = try store.read({ try renewal(of: former, root, $0) })
    else { return nil }
    try Identity.write(try chain.map { try $0.pem }.joined(), store.folder, "node.crt")
    // Whoever else in this process looked at the file first has told nobody.
    try renewIdentity()
    guard identity.chain.first != former, let office = identity.chain.first?.office,
      let before = former.office
    else { return nil }
    return ScopeChange(
      from: before, to: office, setAside: try store.read { try $0.setAsideCount(of: facts.node) })
  }

  /// Whether the notices have a certificate that this node is to take up.
  func holdsRenewal() throws -> Bool {
    guard let root = identity.authority, let former = identity.chain.first else { return false }
    return try store.read { try renewal(of: former, root, $0) } != nil
  }

  /// - Returns: the chain, the node's own certificate first.
  private func renewal(of own: Certificate, _ root: Certificate, _ snapshot: Snapshot) throws
    -> [Certificate]?
  {
    guard let row = try snapshot.office(facts.node), row.fingerprint != own.fingerprint,
      let former = own.office, case let leaf = try Certificate(der: row.certificate), let office = leaf.office
    else { return nil }
    var isLeft = false
    if try snapshot.anythingSaid(against: facts.node) {
      let standing = try Standing(snapshot, root: root)
      isLeft = !standing.isInForce(own) && standing.isInForce(leaf)
    }
    let isRenewal =
      try row.supersedes(OfficeRow(own, issuer: row.issuer, under: root))
      && (row.isOfAuthority || row.issuer == identity.chain.dropFirst().first?.nodeID)
      && former.scope.covered.allSatisfy(office.scope.covers) && office.rights.isSuperset(of: former.rights)
    guard isLeft || isRenewal,
      let trusted = try Issuers(snapshot, root: root).chain(of: leaf, statedBy: row.issuer ?? facts.node),
      trusted.leaf.nodeID == identity.key.nodeID
    else { return nil }
    return [trusted.leaf] + (trusted.issuer.map { [$0] } ?? [])
  }
}

extension Snapshot {
  /// Whether the newest of some log of a node, as far as it counts, was written between two times of its own clock, in
  /// seconds since 1970.
  fileprivate func hasWritten(_ node: NodeID, within start: Int64, _ now: Int64) throws -> Bool {
    // A clock that was once far ahead must not speak for the node ever after; one that is a little ahead may.
    try heads(of: node).contains { ($0.time / 1000) > start && $0.time / 1000 <= now + 86_400 }
  }
}

/// What an office covers by the certificate that it took up, against the one before.
public struct ScopeChange: Sendable {
  public var name: String
  public var division: DivisionCode
  public var formerDivision: DivisionCode
  /// What it covers now, ascending.
  public var covered: [DivisionCode]
  /// What it covers no more, ascending.
  public var dropped: [DivisionCode]
  /// Whether it had the right to enrol and has it no more.
  public var mayEnrolNoMore: Bool
  /// Stretches of its own logs that do not count, because they were written beyond what the narrowing honours.
  public var setAside: Int

  init(from former: Office, to office: Office, setAside: Int) {
    name = office.name
    division = office.scope.division
    formerDivision = former.scope.division
    covered = office.scope.covered
    dropped = former.scope.covered.filter { !office.scope.covers($0) }
    mayEnrolNoMore = former.rights.contains(.enrol) && !office.rights.contains(.enrol)
    self.setAside = setAside
  }

  public var isNarrower: Bool { !dropped.isEmpty || mayEnrolNoMore }
}
