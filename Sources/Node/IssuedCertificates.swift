internal import Ledger
internal import Store
internal import Trust

/// The certificates that notices hold, and which of them is an office's.
///
/// One counts where its issuer's notices hold it in what of them counts, or where the region's CA itself signed it; of
/// several that of the higher place, then the one that expires last. So what an office is depends on what is held,
/// not on the order in which it came: a renewal that does not count leaves the certificate that it was to renew.
struct IssuedCertificates {
  private let root: Certificate
  /// Those that were read already; nil what is no certificate.
  private var read: [[UInt8]: Certificate?] = [:]

  init(root: Certificate) { self.root = root }

  /// Gives every office the certificate that is its own.
  ///
  /// - Parameter fallen: offices whose known certificate does not count.
  /// - Returns: whether any has another one now.
  mutating func choose(in commit: Commit, fallen: Set<NodeID>) throws -> Bool {
    var stated: [NodeID: [Stated]] = [:]
    let offices = try commit.snapshot.offices()
    let known = Dictionary(uniqueKeysWithValues: offices.map { ($0.node, $0) })
    for (author, der) in try commit.snapshot.statedCertificates() {
      // Anybody may write anything into notices: what nobody with the right to can have issued is not looked at.
      guard let certificate = certificate(der), certificate.office != nil,
        certificate.issuerKeyID == root.keyID || mayEnrol(author, known)
      else { continue }
      stated[certificate.nodeID, default: []].append(Stated(author: author, certificate: certificate))
    }
    var hasChanged = false
    for office in offices {
      let others = (stated.removeValue(forKey: office.node) ?? []).filter {
        $0.certificate.fingerprint != office.fingerprint
      }
      let former = fallen.contains(office.node) ? nil : office
      guard let best = try best(of: others, former, known), best.fingerprint != office.fingerprint else {
        continue
      }
      try commit.put(best)
      hasChanged = true
    }
    // What did not count when it came may tell of offices that are known from nowhere else.
    for certificates in stated.values {
      guard let best = try best(of: certificates, nil, known) else { continue }
      try commit.put(best)
      hasChanged = true
    }
    return hasChanged
  }

  private struct Stated {
    var author: NodeID
    var certificate: Certificate
  }

  /// - Parameter former: the one that the office has, where it counts.
  private mutating func best(
    of stated: [Stated], _ former: OfficeRow?, _ known: [NodeID: OfficeRow]
  ) throws -> OfficeRow? {
    var best = former
    for (author, certificate) in stated.map({ ($0.author, $0.certificate) }) {
      let row = try OfficeRow(
        certificate, issuer: author == certificate.nodeID ? nil : author, under: root)
      guard best.map(row.supersedes) ?? true, isIssued(certificate, by: author, known) else { continue }
      best = row
    }
    return best
  }

  private mutating func mayEnrol(_ author: NodeID, _ known: [NodeID: OfficeRow]) -> Bool {
    known[author].flatMap { certificate($0.certificate)?.office?.rights.contains(.enrol) } ?? false
  }

  private mutating func certificate(_ der: [UInt8]) -> Certificate? {
    if let known = read[der] { return known }
    let certificate = try? Certificate(der: der)
    read[der] = .some(certificate)
    return certificate
  }

  /// Whether the region's CA issued it, or the author of the notices that hold it.
  private mutating func isIssued(
    _ certificate: Certificate, by author: NodeID, _ known: [NodeID: OfficeRow]
  ) -> Bool {
    var presented = [certificate]
    if let row = known[author], let issuer = self.certificate(row.certificate) { presented.append(issuer) }
    guard let trusted = try? TrustedChain.check(PresentedChain(presented), root: root) else { return false }
    return trusted.issuer.map { $0.nodeID == author } ?? true
  }
}
