internal import Ledger
internal import Store
internal import Trust

/// A certificate that counts by its issue, whatever was said of its office since.
struct IssuedCertificate {
  var certificate: Certificate
  /// Whose notices hold it; nil where those are the office's own.
  var author: NodeID?
}

/// The certificates by which offices certify others, and whether one rests on them.
///
/// Who enrols has that right from the region's CA itself, for chains have no further place. An office may have had
/// several, one after the other: what it issued by an earlier one stays issued.
final class Issuers {
  let root: Certificate?
  private let snapshot: Snapshot
  private let verifier: ChainVerifier?
  private var ofAuthority: [NodeID: [IssuedCertificate]] = [:]
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
    let found = try stated(of: node).filter {
      isOfAuthority($0.certificate) && chain(of: $0.certificate, under: nil) != nil
    }.map { IssuedCertificate(certificate: $0.certificate, author: $0.change?.log.node) }
    ofAuthority[node] = found.map { issued in
      IssuedCertificate(
        certificate: issued.certificate, author: issued.author == node ? nil : issued.author)
    }
    return ofAuthority[node] ?? []
  }

  /// Every certificate of a node's key that is held, each once: the one that it has, then those that notices hold;
  /// nothing of them is judged.
  func stated(of node: NodeID) throws -> [(certificate: Certificate, change: ChangeRef?)] {
    guard let row = try snapshot.office(node), let own = certificate(row.certificate) else { return [] }
    var found: [(certificate: Certificate, change: ChangeRef?)] = []
    for stated in try snapshot.statedCertificates(containing: own.publicKey.spki) {
      guard let certificate = certificate(stated.der), certificate.nodeID == node, certificate.office != nil
      else { continue }
      found.append((certificate, stated.change))
    }
    // It may be known from a handshake alone.
    if !found.contains(where: { $0.certificate == own }) { found.insert((own, nil), at: 0) }
    return found
  }

  /// The chain of a certificate, under an issuer's or under the CA alone; nil where it does not hold.
  func chain(of certificate: Certificate, under issuer: Certificate?) -> TrustedChain? {
    let presented = PresentedChain([certificate] + (issuer.map { [$0] } ?? []))
    guard let trusted = try? verifier?.verify(presented), trusted.issuer?.nodeID == issuer?.nodeID else {
      return nil
    }
    return trusted
  }

  /// The chain of a certificate that stands in an office's notices; nil where that may not have issued it.
  ///
  /// - Parameter isGood: whether a certificate of the author may stand above it.
  func chain(
    of certificate: Certificate, statedBy author: NodeID,
    where isGood: (Certificate) throws -> Bool = { _ in true }
  ) throws -> TrustedChain? {
    if isOfAuthority(certificate) { return chain(of: certificate, under: nil) }
    for issuer in try certificates(of: author) where issuer.certificate.keyID == certificate.issuerKeyID {
      guard issuer.certificate.office?.rights.contains(.enrol) == true, try isGood(issuer.certificate),
        let chain = chain(of: certificate, under: issuer.certificate)
      else { continue }
      return chain
    }
    return nil
  }
}
