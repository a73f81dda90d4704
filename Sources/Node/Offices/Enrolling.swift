internal import Campaign
internal import Foundation
public import Ledger
public import Store
internal import Trust

/// Founding a region, inviting offices, signing their certificates, joining.
extension LocalNode {
  static let certificateDays: Int64 = 730

  /// Makes the region's CA and certifies the region's own node, which says so when it is opened.
  static func foundRegion(
    folder: String, key: NodeKey, name: String, division: DivisionCode, pack: Pack,
    _ surroundings: Surroundings
  ) throws {
    let caKey = try NodeKey.generate()
    let now = surroundings.now() / 1000
    let authority = try CertificateAuthority.make(
      name: name + " CA", key: caKey, now: now, serial: surroundings.random(16))
    let office = Office(
      name: name, id: surroundings.random(8).hex, scope: scope(of: division, only: false, in: pack),
      rights: .all)
    let certificate = try authority.issue(
      office, key: key.publicKey, from: now - 86_400, to: now + certificateDays * 86_400,
      serial: surroundings.random(16))
    try Identity.write(caKey.pem, folder, "ca.key")
    try Identity.write(authority.certificate.pem, folder, "ca.crt")
    try Identity.write(certificate.pem, folder, "node.crt")
  }

  /// A one-time token for a new office, or for another computer of one that is known.
  ///
  /// - Returns: the token; when it expires, in seconds since 1970; the computers that the office of this name in this
  ///   division has or had.
  public func invite(division text: String, name: String, days: Int, only: Bool, mayEnrol: Bool) throws
    -> (token: String, expires: Int64, computers: [OfficeRow])
  {
    _ = try issuer()  // Who may not enrol invites nobody.
    try requireDelegation(mayEnrol)
    let name = try LocalNode.officeName(name)
    guard let authority = identity.authority else { throw NodeError.notEnrolled }
    let expires = surroundings.now() / 1000 + Int64(days) * 86_400
    return try store.write { commit in
      let pack = try commit.pack()
      let division = try division(text, pack)
      try requireScope(division, pack)
      let token = InvitationToken(
        secret: surroundings.random(InvitationToken.secretByteCount), authority: authority.fingerprint,
        division: division, expires: expires)
      try commit.keep(
        Invitation(
          secretHash: token.secretHash, division: division, name: name, isOnly: only, mayEnrol: mayEnrol,
          expires: expires, officeID: surroundings.random(8).hex))
      return (token.text, expires, try commit.snapshot.computers(ofOffice: name, in: division))
    }
  }

  /// Who signs here: the region's CA, or this office where it has the right.
  func issuer() throws -> CertificateAuthority {
    if let authority = identity.authority, let key = identity.authorityKey {
      return CertificateAuthority(certificate: authority, key: key)
    }
    guard let own = identity.chain.first else { throw NodeError.notEnrolled }
    guard own.office?.rights.contains(.enrol) == true else { throw NodeError.mayNotEnrol }
    return CertificateAuthority(certificate: own, key: identity.key)
  }

  /// Only the region gives the right to enrol: it is refused here and not when the invited office joins.
  func requireDelegation(_ mayEnrol: Bool) throws {
    guard !mayEnrol || identity.authorityKey != nil else { throw NodeError.mayNotDelegate }
  }

  /// What the certificate of a key says that is to be renewed: the office stays the one it was.
  /// - Throws: `revokedKey`, whose holder needs a new key.
  private func renewed(_ node: NodeID, _ snapshot: Snapshot) throws -> Former? {
    guard let row = try snapshot.office(node) else { return nil }
    guard let office = try Certificate(der: row.certificate).office else { throw TrustError.badCertificate }
    guard try snapshot.anythingWithdrawn() else { return Former(office: office, expires: row.expires) }
    let standing = try Standing(snapshot, root: identity.authority)
    // Whose certificate fell with its issuer's is enrolled anew, and goes on with its key.
    // One that was revoked by name as well is not.
    if standing.fallen.contains(node), standing.honoured[node] == .nothing,
      !standing.revocations.contains(where: { $0.revocation.node == node })
    {
      return nil
    }
    guard !row.isRevoked else { throw NodeError.revokedKey(name: row.name) }
    return Former(office: office, expires: row.expires, isNarrowed: standing.narrowings[node] != nil)
  }

  /// The division and the name that a certificate is for. A key that an office has gets that office's, also where the
  /// request or the invitation is of the time before it was assigned another place: only `assign` moves it.
  ///
  /// - Throws: `enrolledElsewhere` where the office is of another division than was wanted and asked for.
  private func place(
    of request: CertificateRequest, wanted division: DivisionCode, name: String, _ snapshot: Snapshot
  ) throws -> (division: DivisionCode, name: String) {
    guard let row = try snapshot.office(request.publicKey.nodeID), row.division != division else {
      return (division, name)
    }
    guard request.division == division,
      try Certificate(der: row.certificate).office?.scope.covers(division) == true
    else { throw NodeError.enrolledElsewhere(name: row.name, division: row.division) }
    return (row.division, row.name)
  }

  /// What a certificate is to renew.
  private struct Former {
    var office: Office
    var expires: Int64
    /// Whether it was once more: then only `assign` gives it anything.
    var isNarrowed = false

    var isOnly: Bool { office.scope.covered == [office.scope.division] }
  }

  /// The scope of a certificate that renews another. An office that was itself alone stays so; what it covered it
  /// covers still, for a narrower certificate would take what it wrote there from every store that comes later. Where a
  /// pack has put its division lower it keeps its place: a certificate of a lower one would not take the former one's
  /// (`assign` gives it that).
  /// - Throws: `mayNotNarrow` where itself alone is asked for and it was more.
  private func renewedScope(_ former: Former, only: Bool, _ pack: Pack) throws -> Scope {
    guard former.isOnly || !only else { throw NodeError.mayNotNarrow(name: former.office.name) }
    if former.isNarrowed { return former.office.scope }
    let division = former.office.scope.division
    let scope = LocalNode.scope(of: division, only: former.isOnly, in: pack)
    let ancestors = scope.rank > former.office.scope.rank ? former.office.scope.ancestors : scope.ancestors
    return Scope(
      division: division, covered: scope.covered + former.office.scope.covered, ancestors: ancestors)
  }

  /// Signs a certificate by this node's right to, from now on.
  ///
  /// It begins with the CA, or with this clock's time where that is earlier, since nobody judges that but tools of
  /// others: a clock that is ahead leaves nothing that is not good yet. It ends two years after this clock's time, and
  /// not before two years of the CA, for a clock from before the CA was made is behind; and after the one that it renews,
  /// or it would not take its place.
  ///
  /// - Parameter former: when the one that it renews ends, in seconds since 1970.
  func sign(_ office: Office, for key: PublicKey, after former: Int64?) throws -> Certificate {
    let now = surroundings.now() / 1000
    let founded = identity.authority?.notBefore ?? now
    return try issuer().issue(
      office, key: key, from: min(now - 86_400, founded),
      to: max(max(now, founded) + LocalNode.certificateDays * 86_400, former.map { $0 + 1 } ?? 0),
      serial: surroundings.random(16))
  }

  /// Answers a token and a request: checks the token, signs, and writes the certificate to the notices.
  ///
  /// - Returns: the new office's chain and the CA, both PEM.
  func enrol(secret: [UInt8], request pem: String) throws -> (chain: String, authority: String, node: NodeID)
  {
    let request = try CertificateRequest(pem: pem)
    return try store.write { commit in
      guard let invitation = try commit.invitation(secretHash: Hash256(hashing: secret)) else {
        throw NodeError.tokenUnknown
      }
      guard invitation.usedBy == nil || invitation.usedBy == request.publicKey.nodeID else {
        throw NodeError.tokenUsed
      }
      guard invitation.expires > surroundings.now() / 1000 else {
        throw NodeError.tokenExpired(at: invitation.expires)
      }
      try commit.useInvitation(secretHash: invitation.secretHash, by: request.publicKey.nodeID)
      let (division, name) = try place(
        of: request, wanted: invitation.division, name: invitation.name, commit.snapshot)
      let answer = try certify(
        request.publicKey, name: name, officeID: invitation.officeID, division: division,
        only: invitation.isOnly, mayEnrol: invitation.mayEnrol, in: commit)
      // A key that comes back may have been set aside.
      try takeUpWhatCounts(in: commit)
      return answer
    }
  }

  /// Signs a request that came as a file.
  ///
  /// - Parameter division: code or name; nil for the one that the key's office has, or that the request asks for.
  /// - Throws: `enrolledElsewhere` where an office of another division has the key.
  public func sign(request pem: String, division text: String? = nil, mayEnrol: Bool) throws -> (
    bundle: String, node: NodeID
  ) {
    try requireDelegation(mayEnrol)
    let request = try CertificateRequest(pem: pem)
    return try store.write { commit in
      let pack = try commit.pack()
      let known = try commit.snapshot.office(request.publicKey.nodeID)
      let (division, name) = try place(
        of: request, wanted: text.map { try self.division($0, pack) } ?? known?.division ?? request.division,
        name: known?.name ?? request.officeName, commit.snapshot)
      try requireScope(division, pack)
      let (chain, authority, node) = try certify(
        request.publicKey, name: name, officeID: surroundings.random(8).hex,
        division: division, only: false, mayEnrol: mayEnrol, in: commit)
      try takeUpWhatCounts(in: commit)
      // The signer's own certificate goes along, so that the new office knows whom to send bundles to.
      let own = identity.authorityKey == nil ? "" : try identity.chain.first?.pem ?? ""
      return (chain + own + authority, node)
    }
  }

  func certify(
    _ key: PublicKey, name: String, officeID: String, division: DivisionCode, only: Bool, mayEnrol: Bool,
    in commit: Commit
  ) throws -> (chain: String, authority: String, node: NodeID) {
    guard let authority = identity.authority else { throw NodeError.notEnrolled }
    _ = try issuer()
    let former = try renewed(key.nodeID, commit.snapshot)
    var rights: Rights = mayEnrol ? .enrol : []
    if let former, former.isNarrowed { rights.formIntersection(former.office.rights) }
    // Renewing takes no right away, and an enroller has none to give.
    if let former, !rights.isSuperset(of: former.office.rights) {
      guard identity.authorityKey != nil else { throw NodeError.mayNotNarrow(name: former.office.name) }
      rights.formUnion(former.office.rights)
    }
    let pack = try commit.pack()
    let scope =
      try former.map { try renewedScope($0, only: only, pack) }
      ?? LocalNode.scope(of: division, only: only, in: pack)
    // Another computer of an office that is known: a replaced one has another key, and the office stays the one it was.
    let others = try commit.snapshot.computers(ofOffice: name, in: division)
    let id = former?.office.id ?? others.first { !$0.officeID.isEmpty }?.officeID ?? officeID
    let office = Office(name: name, id: id, scope: scope, rights: rights)
    var chain = try issue(office, to: key, after: former?.expires, in: commit).pem
    if identity.authorityKey == nil { chain += try identity.chain.first?.pem ?? "" }
    return (chain, try authority.pem, key.nodeID)
  }

  /// Signs a certificate and says so in the notices.
  ///
  /// - Parameters:
  ///   - former: when the one that it takes the place of ends, in seconds since 1970.
  ///   - others: what the same change says beside it.
  @discardableResult
  func issue(
    _ office: Office, to key: PublicKey, after former: Int64?, beside others: [Statement] = [],
    in commit: Commit
  ) throws -> Certificate {
    let certificate = try sign(office, for: key, after: former)
    try commit.keep(
      OfficeRow(
        certificate, issuer: key.nodeID == facts.node ? nil : facts.node, under: identity.authority))
    try append(
      to: Space(division: facts.division, section: .notices), operatorName: "",
      statements: others + [.certificate(certificate.der)], in: commit)
    _ = try Standing.settle(in: commit, identity: identity, at: surroundings.now())
    return certificate
  }

  // MARK: the new office's side

  /// A certificate request for this node, PEM.
  public func certificateRequest() throws -> String {
    try CertificateRequest(key: identity.key, officeName: facts.name, division: facts.division).pem
  }

  /// Takes a certificate, the first one or one that renews it: the chain leaf first, and the CA at its end. Who opens
  /// the node next goes by it, and brings what was written before under it.
  ///
  /// - Parameter authority: the CA's fingerprint where a token named it; without one, the file is trusted as
  ///   it was handed over.
  /// - Throws: `TrustError`, `otherAuthority` also where this office belongs to another region already;
  ///   `alreadyEnrolled` where it is of a division that the former one does not cover, and does not cover all that that
  ///   one does.
  /// - Returns: the former enrollers that were taken off the peer list, because nobody who goes by them arrives.
  @discardableResult
  public func accept(certificates pem: String, authority fingerprint: Hash256?) throws -> [String] {
    try accept(certificates: pem, authority: fingerprint, from: nil)
  }

  /// The same over a network: whoever gave them becomes the peer, in the transaction that makes this an enrolled office.
  func accept(
    certificates pem: String, authority fingerprint: Hash256?, from enroller: (Certificate, address: String)?
  ) throws -> [String] {
    let all = try Certificate.all(pem: pem)
    guard let root = all.last, root.office == nil, root.isAuthority,
      fingerprint == nil || root.fingerprint == fingerprint
    else { throw TrustError.otherAuthority }
    guard identity.authority == nil || identity.authority == root else { throw TrustError.otherAuthority }
    let chain = Array(all.dropLast())
    let trusted = try TrustedChain.check(PresentedChain(chain), root: root)
    guard trusted.leaf.nodeID == facts.node else {
      throw TrustError.otherKey(node: trusted.leaf.nodeID)
    }
    if let own = identity.chain.first?.office?.scope, case let scope = trusted.office.scope,
      own.division != scope.division
    {
      // One that was given a lower place may hear of it by a file first: the division was its own before.
      guard own.covered.allSatisfy(scope.covers) || own.covers(scope.division) else {
        throw NodeError.alreadyEnrolled
      }
    }
    let path = [trusted.leaf] + (trusted.issuer.map { [$0] } ?? [])
    try Identity.write(try root.pem, store.folder, "ca.crt")
    let dropped = try store.write { commit in
      try keepShown(OfficeRow(trusted.leaf, issuer: trusted.issuer?.nodeID, under: root), in: commit)
      let dropped = try forgetFormerEnrollers(
        but: Set((path + all + (enroller.map { [$0.0] } ?? [])).map(\.nodeID)), in: commit)
      // A region that renews its own certificate is nobody's office.
      for other in chain where other.nodeID != trusted.leaf.nodeID {
        guard let enroller = try? TrustedChain.check(PresentedChain([other]), root: root) else { continue }
        try keepShown(OfficeRow(enroller.leaf, issuer: nil, under: root), in: commit)
        try commit.markEnroller(enroller.leaf.nodeID, name: enroller.office.name)
      }
      if let (certificate, address) = enroller {
        try keepShown(OfficeRow(certificate, issuer: nil, under: root), in: commit)
        _ = try commit.peer(node: certificate.nodeID, name: certificate.office?.name)
        try commit.bind(address: address, to: certificate.nodeID, enroller: true)
      }
      return dropped
    }
    // Last, for it says that this office is enrolled: what it is checked by is there by then, and whom to send to. What is
    // cut off before is no office yet, and can be done again.
    try Identity.write(try path.map { try $0.pem }.joined(), store.folder, "node.crt")
    return dropped
  }
}

extension Snapshot {
  /// The office that a person calls so: by its name, after its division's code where several have it
  /// (`540102/城关区局`), or by 4 or more digits of its node id.
  ///
  /// - Parameter inForce: whether a revoked computer is passed over where another one is called so.
  /// - Throws: `unknownPeer`, `ambiguousPeer`.
  func office(called name: String, inForce: Bool = false) throws -> OfficeRow {
    var matches = try offices().filter { $0.isCalled(name) }
    if inForce, matches.contains(where: { !$0.isRevoked }) { matches.removeAll(where: \.isRevoked) }
    guard let found = matches.first else { throw NodeError.unknownPeer(name) }
    guard matches.count == 1 else {
      throw NodeError.ambiguousPeer(
        name, matches: matches.map { NodeError.Named(name: $0.name, division: $0.division, node: $0.node) })
    }
    return found
  }
}

extension [Peer] {
  /// The listed peer that a person calls so: by its address, its office's name, or its node id's beginning.
  /// - Throws: `unknownPeer`, `ambiguousPeer`.
  func peer(called name: String) throws(NodeError) -> Peer {
    let matches = filter { $0.isCalled(name) }
    guard let found = matches.first else { throw NodeError.unknownPeer(name) }
    guard matches.count == 1 else {
      throw NodeError.ambiguousPeer(
        name, matches: matches.map { NodeError.Named(name: $0.name ?? $0.address ?? "", node: $0.node) })
    }
    return found
  }
}

extension OfficeRow {
  fileprivate func isCalled(_ text: String) -> Bool {
    name == text || "\(division)/\(name)" == text || node.isNamed(byPrefix: text)
  }

  /// Whether the row says what its certificate does.
  var isAsCertified: Bool {
    guard let certificate = try? Certificate(der: certificate),
      let row = try? OfficeRow(certificate, issuer: issuer, under: nil)
    else { return false }
    return row.node == node && row.officeID == officeID && row.fingerprint == fingerprint && row.name == name
      && row.division == division
      && row.rank == rank && row.expires == expires
      // A row of an older step knows no rights.
      && (row.rights == rights || rights == 0)
  }

  init(_ issued: IssuedCertificate, under root: Certificate?) throws {
    try self.init(issued.certificate, issuer: issued.author, under: root)
  }

  /// - Parameter root: the region's CA.
  init(_ certificate: Certificate, issuer: NodeID?, under root: Certificate?) throws {
    guard let office = certificate.office else { throw TrustError.badCertificate }
    self.init(
      node: certificate.nodeID, officeID: office.id, fingerprint: certificate.fingerprint, name: office.name,
      division: office.scope.division, rank: office.scope.rank, rights: office.rights.rawValue,
      certificate: certificate.der, issuer: issuer,
      isOfAuthority: root?.keyID != nil && certificate.issuerKeyID == root?.keyID,
      expires: certificate.notAfter)
  }
}
