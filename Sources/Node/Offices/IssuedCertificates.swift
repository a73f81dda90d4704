internal import Ledger
internal import Store
internal import Trust

/// The certificates that notices hold, and which of them is an office's.
///
/// One counts where its issuer's notices hold it in what of them counts, or where the region's CA itself signed it,
/// wherever that is held; of several that no narrowing took back that of the higher place, then the one that expires
/// last. So what an office is depends on what is held, not on the order in which it came: a renewal that does not count
/// leaves the certificate that it was to renew.
struct IssuedCertificates {
  private let root: Certificate
  /// Those that were read already; nil what is no certificate.
  private var read: [[UInt8]: Certificate?] = [:]

  init(root: Certificate) { self.root = root }

  /// Gives every office the certificate that is its own.
  /// - Returns: whether any has another one now.
  mutating func choose(in commit: Commit, _ standing: Standing) throws -> Bool {
    var stated: [NodeID: [Stated]] = [:]
    let offices = try commit.snapshot.offices()
    let known = Dictionary(uniqueKeysWithValues: offices.map { ($0.node, $0) })
    for one in try commit.snapshot.statedCertificates(all: true) {
      // Anybody may write anything into notices: what nobody who is known can have issued is not looked at.
      guard let certificate = certificate(one.der), certificate.office != nil,
        certificate.issuerKeyID == root.keyID
          || one.counts && certificate.issuerKeyID == keyID(one.author, known)
      else { continue }
      stated[certificate.nodeID, default: []].append(Stated(change: one.change, certificate: certificate))
    }
    var hasChanged = false
    for office in offices {
      let all = stated.removeValue(forKey: office.node) ?? []
      let best: OfficeRow?
      if standing.narrowings[office.node] != nil {
        best = try standing.left[office.node].map { try OfficeRow($0, under: root) }
      } else {
        best = try self.best(
          of: all.filter { $0.certificate.fingerprint != office.fingerprint },
          standing.fallen.contains(office.node) ? nil : office, standing)
      }
      guard let best, best.fingerprint != office.fingerprint else { continue }
      try commit.put(best)
      hasChanged = true
    }
    // What did not count when it came may tell of offices that are known from nowhere else.
    for certificates in stated.values {
      guard let best = try best(of: certificates, nil, standing) else { continue }
      try commit.put(best)
      hasChanged = true
    }
    return hasChanged
  }

  private struct Stated {
    var change: ChangeRef
    var certificate: Certificate
  }

  /// - Parameter former: the one that the office has, where it counts.
  private func best(of stated: [Stated], _ former: OfficeRow?, _ standing: Standing) throws -> OfficeRow? {
    var best = former
    for one in stated {
      let author = one.change.log.node
      let row = try OfficeRow(
        one.certificate, issuer: author == one.certificate.nodeID ? nil : author, under: root)
      guard best.map(row.supersedes) ?? true, try standing.isIssued(one.certificate, in: one.change) else {
        continue
      }
      best = row
    }
    return best
  }

  private mutating func keyID(_ author: NodeID, _ known: [NodeID: OfficeRow]) -> [UInt8]? {
    known[author].flatMap { certificate($0.certificate)?.keyID }
  }

  private mutating func certificate(_ der: [UInt8]) -> Certificate? {
    if let known = read[der] { return known }
    let certificate = try? Certificate(der: der)
    read[der] = .some(certificate)
    return certificate
  }
}
