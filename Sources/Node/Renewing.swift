internal import Foundation
internal import Ledger
internal import Store
internal import Trust

/// Certificates that renew themselves: who issued one issues the next when its office comes by in the last months of
/// it, in the notices, and the office takes it from there.
extension LocalNode {
  /// How long before its end a certificate is renewed, in days: an office that comes by once in half a year never
  /// runs out.
  static let renewalDays: Int64 = 180

  private static func isDue(until end: Int64, at now: Int64) -> Bool { end - now < renewalDays * 86_400 }

  /// Issues a peer's next certificate where this node issued the one it has, and that is about to end. One that has
  /// ended is for a person to renew: the computer may have been lost meanwhile.
  ///
  /// - Parameter shown: the chain that it showed.
  func renewIfDue(_ shown: TrustedChain, in commit: Commit) throws {
    let now = surroundings.now() / 1000
    guard let row = try commit.snapshot.office(shown.leaf.nodeID), !row.isRevoked, isIssuedHere(shown),
      shown.isCurrent(at: now), row.expires > now, LocalNode.isDue(until: row.expires, at: now),
      let office = try Certificate(der: row.certificate).office
    else { return }
    do {
      _ = try certify(
        shown.leaf.publicKey, name: office.name, officeID: office.id, division: office.scope.division,
        only: office.scope.covered == [office.scope.division],
        mayEnrol: identity.authorityKey != nil && office.rights.contains(.enrol), in: commit)
    } catch is TrustError, NodeError.mayNotNarrow {
      // Not what this node may issue any more: a person has to look at it.
    }
  }

  private func isIssuedHere(_ chain: TrustedChain) -> Bool {
    chain.issuer.map { $0.nodeID == facts.node } ?? (identity.authorityKey != nil)
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
