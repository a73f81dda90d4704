internal import Campaign
internal import Ledger
internal import Store
internal import Trust

/// A peer whose certificate chain was checked.
struct TrustedPeer: Sendable {
  let node: NodeID
  let name: String
  let scope: Scope
  let office: OfficeRow
  let chain: TrustedChain

  /// - Throws: `TrustError` where the chain does not hold, `CertificateRefusal` where its certificate counts no more.
  init(chain der: [[UInt8]], node local: LocalNode) throws {
    guard let root = local.identity.authority else { throw NodeError.notEnrolled }
    let trusted = try TrustedChain.check(PresentedChain(der: der), root: root)
    self.chain = trusted
    node = trusted.leaf.nodeID
    name = trusted.office.name
    scope = trusted.office.scope
    office = try OfficeRow(trusted.leaf, issuer: trusted.issuer?.nodeID, under: root)
    try local.store.read { try local.requireStanding(trusted, $0) }
  }

  /// What to say of its certificate where that is not in force at `seconds` (since 1970); nil where it is.
  func notInForce(at seconds: Int64) -> NodeError? {
    guard chain.hasEnded(at: seconds) else { return nil }
    return .peerNotInForce(name: name, until: chain.leaf.notAfter)
  }

  /// Whether it is sent nothing: a listener sends to nobody whose certificate has run out. Who dials hands in
  /// to the offices above all the same, or one expiry up there would stop every report.
  func isWithheld(from local: LocalNode, isInitiator: Bool) throws -> Bool {
    guard notInForce(at: local.surroundings.now() / 1000) != nil else { return false }
    guard isInitiator else { return true }
    return try !local.isBelow(scope, local.store.read { try $0.pack() })
  }
}

extension LocalNode {
  /// Keeps the certificate that an office showed of itself, where it supersedes the one that is known, or that fell, and
  /// nothing took it back.
  /// - Returns: whether it does.
  @discardableResult
  func keepShown(_ office: OfficeRow, in commit: Commit) throws -> Bool {
    guard try commit.snapshot.anythingWithdrawn() else { return try commit.keep(office) }
    let standing = try Standing(commit.snapshot, root: identity.authority)
    let certificate = try Certificate(der: office.certificate)
    guard standing.isInForce(certificate), try standing.counts(certificate, by: office.issuer ?? office.node)
    else { return false }
    if standing.fallen.contains(office.node) {
      try commit.put(office)
    } else if try !commit.keep(office) {
      return false
    }
    try Standing.settle(in: commit, identity: identity, at: surroundings.now())
    return true
  }

  /// Whether an office of `scope` stands above this one.
  func isBelow(_ other: Scope, _ pack: Pack) -> Bool { scope(pack).isBelow(other) }
}
