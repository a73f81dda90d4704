internal import Ledger
internal import Store
internal import Trust

/// A certificate that counts by its issue, whatever was said of its office since.
struct IssuedCertificate {
  var certificate: Certificate
  /// Whose notices hold it; nil where those are the office's own.
  var author: NodeID?
}

/// A certificate that is held, and by what; nothing of it is judged.
struct HeldCertificate {
  var certificate: Certificate
  /// Whose notices hold it, or, where it was shown, who is known to have issued it.
  var author: NodeID
  /// The change that states it; nil where it was shown.
  var change: ChangeRef?
  /// Whether that change counts.
  var counts: Bool

  var issued: IssuedCertificate {
    IssuedCertificate(certificate: certificate, author: author == certificate.nodeID ? nil : author)
  }
}

/// The certificates by which offices certify others, and whether one rests on them.
///
/// Who enrols has that right from the region's CA itself, for chains have no further place. An office may have had
/// several, one after the other: what it issued by an earlier one stays issued. What the CA signed counts wherever it is
/// held: its signature is enough.
final class Issuers {
  let root: Certificate?
  private let snapshot: Snapshot
  private let verifier: ChainVerifier?
  private var ofAuthority: [NodeID: [IssuedCertificate]] = [:]
  private var allHeld: [NodeID: [HeldCertificate]] = [:]
  private var read: [[UInt8]: Certificate?] = [:]

  init(_ snapshot: Snapshot, root: Certificate?) {
    self.snapshot = snapshot
    self.root = root
    verifier = root.flatMap { try? ChainVerifier(root: $0) }
  }

  func certificate(_ der: [UInt8]) -> Certificate? {
    if let known = read[der] { return known }
    let certificate = try? Certificate(der: der)
    read[der] = .some(certificate)
    return certificate
  }

  func isOfAuthority(_ certificate: Certificate) -> Bool {
    root?.keyID != nil && certificate.issuerKeyID == root?.keyID
  }

  /// A node's certificates that the region's CA itself signed: the one that it has, then those that notices hold.
  func certificates(of node: NodeID) throws -> [IssuedCertificate] {
    if let known = ofAuthority[node] { return known }
    let found = try held(of: node).filter {
      isOfAuthority($0.certificate) && chain(of: $0.certificate, under: nil) != nil
    }.map(\.issued)
    ofAuthority[node] = found
    return found
  }

  /// Every certificate of a node's key that is held, whether what states it counts or not: the one that it has, then those
  /// that notices hold.
  func held(of node: NodeID) throws -> [HeldCertificate] {
    if let known = allHeld[node] { return known }
    let found = try readHeld(of: node)
    allHeld[node] = found
    return found
  }

  private func readHeld(of node: NodeID) throws -> [HeldCertificate] {
    guard let row = try snapshot.office(node), let own = certificate(row.certificate) else { return [] }
    var found: [HeldCertificate] = []
    for stated in try snapshot.statedCertificates(containing: own.publicKey.spki, all: true) {
      guard let certificate = certificate(stated.der), certificate.nodeID == node, certificate.office != nil
      else { continue }
      found.append(
        HeldCertificate(
          certificate: certificate, author: stated.author, change: stated.change, counts: stated.counts))
    }
    // It may be known from a handshake alone.
    let issuer = row.issuer ?? node
    if !found.contains(where: { $0.certificate == own && $0.author == issuer }) {
      found.insert(HeldCertificate(certificate: own, author: issuer, change: nil, counts: true), at: 0)
    }
    return found
  }

  /// Who may say something of others: who has the right to enrol, or had it before somebody with that right narrowed it.
  func thoseWhoEnrolled() throws -> Set<NodeID> {
    let speakers = try snapshot.revokers()
    let rows = try snapshot.offices().filter { row in
      // A row of an older step knows no rights.
      let rights =
        row.rights == 0 && speakers.contains(row.node)
        ? certificate(row.certificate)?.office?.rights : Rights(rawValue: row.rights)
      return rights?.contains(.enrol) == true
    }
    var found = Set(rows.map(\.node))
    while true {
      let more = try snapshot.revokers(namedBy: found).subtracting(found).filter { node in
        try certificates(of: node).contains { $0.certificate.office?.rights.contains(.enrol) == true }
      }
      if more.isEmpty { return found }
      found.formUnion(more)
    }
  }

  /// The chain of a certificate, under an issuer's or under the CA alone; nil where it does not hold.
  func chain(of certificate: Certificate, under issuer: Certificate?) -> TrustedChain? {
    let presented = PresentedChain([certificate] + (issuer.map { [$0] } ?? []))
    guard let trusted = try? verifier?.verify(presented), trusted.issuer?.nodeID == issuer?.nodeID else {
      return nil
    }
    return trusted
  }

  /// The chain of a certificate that stands in an office's notices; nil where that may not have issued it by what it is
  /// or was.
  ///
  /// - Parameter isGood: whether a certificate of the author may stand above it.
  func chain(
    of certificate: Certificate, statedBy author: NodeID,
    where isGood: (Certificate) throws -> Bool = { _ in true }
  ) throws -> TrustedChain? {
    if isOfAuthority(certificate) { return chain(of: certificate, under: nil) }
    // The one that it has is the issuer nearly always, and is at hand.
    let present = try snapshot.office(author).flatMap { self.certificate($0.certificate) }
    guard let present, present.keyID == certificate.issuerKeyID else { return nil }
    if try isGood(present), let chain = chain(of: certificate, under: present) { return chain }
    for issuer in try certificates(of: author).map(\.certificate) where issuer != present {
      if try isGood(issuer), let chain = chain(of: certificate, under: issuer) { return chain }
    }
    return nil
  }
}
