internal import Ledger
internal import Store
internal import Trust

/// What an office above said of this one's certificate: that it counts no more with its issuer's, of which this store may
/// not hear by anything but that refusal.
///
/// It is about the issuer. So it falls with another issuer's certificate, and where something comes that was said in the
/// issuer's favour: a revocation is lifted, or it has another certificate. A renewal by the same issuer does not end it:
/// that one may not have heard.
struct EnrolmentRefusal {
  /// Who refused.
  let refuser: NodeID
  /// Who issued the certificate that was refused.
  let issuer: NodeID
  /// What was held in the issuer's favour then.
  let favour: Hash256

  /// What stands of a refusal that was kept; nil where none does.
  static func standing(of node: LocalNode, _ snapshot: Snapshot) throws -> EnrolmentRefusal? {
    guard let kept = try snapshot.meta(.refusedBy).flatMap({ EnrolmentRefusal(bytes: $0) }),
      node.identity.chain.dropFirst().first?.nodeID == kept.issuer,
      try favour(of: kept.issuer, node, snapshot) == kept.favour,
      // Who does not stand above any more, or was revoked since, is believed no longer.
      case let own = node.scope(try snapshot.pack()),
      try node.officesAbove(own, snapshot).contains(where: { $0.node == kept.refuser })
    else { return nil }
    return kept
  }

  /// Keeps an office's word that this node's certificate counts no more with its issuer's.
  ///
  /// Who stands above is believed, and nobody else; nor where no issuer stands between this node and the region's CA.
  static func keep(
    _ error: (any Error)?, of refuser: NodeID?, at node: LocalNode, in commit: Commit
  ) throws {
    guard case NodeError.peerRefused(CertificateRefusal.Reason.issuerRevoked.rawValue, _)? = error,
      let refuser,
      let issuer = node.identity.chain.dropFirst().first?.nodeID,
      case let own = node.scope(try commit.pack()),
      try node.officesAbove(own, commit.snapshot).contains(where: { $0.node == refuser })
    else { return }
    let refusal = EnrolmentRefusal(
      refuser: refuser, issuer: issuer, favour: try favour(of: issuer, node, commit.snapshot))
    try commit.setMeta(.refusedBy, refusal.bytes)
  }

  /// A session with an office was whole: it does not refuse this one.
  static func clear(of refuser: NodeID, in commit: Commit) throws {
    guard let kept = try commit.snapshot.meta(.refusedBy), kept.starts(with: refuser.bytes) else { return }
    try commit.clearMeta(.refusedBy)
  }

  /// The certificate that an office has, and the revocations of it that were lifted.
  private static func favour(of office: NodeID, _ node: LocalNode, _ snapshot: Snapshot) throws -> Hash256 {
    let counting = try Set(Standing(snapshot, root: node.identity.authority).revocations.map(\.change))
    let released = Set(try snapshot.releases(by: snapshot.revokers()).map(\.revoking)).subtracting(counting)
    let lifted = try snapshot.revocations().filter { $0.revocation.node == office }.map(\.change)
      .filter(released.contains).sorted().map { "\($0.log) \($0.n) \($0.hashPrefix)" }
    let certificate = try snapshot.office(office).map { "\($0.fingerprint)" } ?? ""
    return Hash256(hashing: Array(([certificate] + lifted).joined(separator: "\n").utf8))
  }

  private init(refuser: NodeID, issuer: NodeID, favour: Hash256) {
    self.refuser = refuser
    self.issuer = issuer
    self.favour = favour
  }

  // MARK: as it is kept

  private var bytes: [UInt8] { refuser.bytes + issuer.bytes + favour.bytes }

  /// - Returns: nil of what an older program kept: who refused, of whoever said so and of no certificate in particular.
  private init?(bytes: [UInt8]) {
    guard bytes.count == 96, let refuser = NodeID(Array(bytes[..<32])),
      let issuer = NodeID(Array(bytes[32..<64])), let favour = Hash256(Array(bytes[64...]))
    else { return nil }
    self.init(refuser: refuser, issuer: issuer, favour: favour)
  }
}
