internal import Foundation
internal import Ledger
internal import Store
internal import Trust

/// Certificates that renew themselves: who issued one issues the next when it hears of the office in the last months of
/// it, in the notices, and the office takes it from there.
extension LocalNode {
  /// How long before its end a certificate is renewed, in days: an office that comes by once in half a year never
  /// runs out.
  static let renewalDays: Int64 = 180

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
      shown.isCurrent(at: now), row.expires > now, LocalNode.isDue(until: row.expires, at: now)
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
    } catch is TrustError, NodeError.mayNotNarrow, NodeError.notTheRegion {
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
    let now = surroundings.now() / 1000
    return end > now && LocalNode.isDue(until: end, at: now)
  }

  /// Whether a peer issued this node's certificate: its enroller, or the region, which alone issues packs.
  private func isIssuer(_ peer: OfficeRow) -> Bool {
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
  /// issued that one, and with all that it covers. An enroller elsewhere may have certified the key unasked.
  /// - Returns: whether there is another one.
  @discardableResult
  func adoptRenewal() throws -> Bool {
    guard let root = identity.authority, let own = identity.chain.first,
      let (row, issuer) = try store.read({ snapshot in
        try snapshot.office(facts.node).map { row in (row, try row.issuer.flatMap { try snapshot.office($0) })
        }
      }),
      row.fingerprint != own.fingerprint, row.supersedes(try OfficeRow(own, issuer: row.issuer, under: root)),
      let former = own.office, let office = try Certificate(der: row.certificate).office,
      row.isOfAuthority || row.issuer == identity.chain.dropFirst().first?.nodeID,
      former.scope.covered.allSatisfy(office.scope.covers), office.rights.isSuperset(of: former.rights)
    else { return false }
    let leaf = try Certificate(der: row.certificate)
    let path = [leaf] + (try issuer.map { [try Certificate(der: $0.certificate)] } ?? [])
    guard let trusted = try? TrustedChain.check(PresentedChain(path), root: root),
      trusted.leaf.nodeID == identity.key.nodeID
    else { return false }
    let chain = [trusted.leaf] + (trusted.issuer.map { [$0] } ?? [])
    try Identity.write(try chain.map { try $0.pem }.joined(), store.folder, "node.crt")
    return try renewIdentity()
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
