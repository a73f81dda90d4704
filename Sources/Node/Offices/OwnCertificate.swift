internal import Campaign
internal import Ledger
internal import Store
internal import Trust

/// What a region says of itself: nobody else certifies it.
extension LocalNode {
  /// States the region's certificate in its notices where they do not hold it: the file is written first, and what wrote
  /// it may have been cut off. With the first one it issues a pack that its offices do not have.
  func stateOwnCertificate() throws {
    guard facts.isRegion, let own = identity.chain.first, let office = own.office,
      try store.read({ try isUnstated(own, $0) })
    else { return }
    try store.write { commit in
      // Another process may have been faster.
      guard try isUnstated(own, commit.snapshot) else { return }
      var statements = [Statement.certificate(own.der)]
      if try commit.snapshot.meta(.isRegion) == nil {
        try commit.setMeta(.isRegion, [1])
        if let text = try commit.snapshot.meta(.packText), text != BuiltInPack.yaml {
          statements.append(.pack(text))
          try commit.noteIssued(after: text)
        }
      }
      try commit.setMeta(.division, office.scope.division.utf8)
      try commit.keep(OfficeRow(own, issuer: nil, under: identity.authority))
      try append(
        to: Space(division: office.scope.division, section: .notices), operatorName: "",
        statements: statements, in: commit)
    }
  }

  /// Whether no notice here holds a certificate. One that stands behind the one that is known was stated by a store that
  /// lost it since.
  private func isUnstated(_ own: Certificate, _ snapshot: Snapshot) throws -> Bool {
    if let known = try snapshot.office(facts.node) {
      guard known.fingerprint != own.fingerprint,
        try OfficeRow(own, issuer: nil, under: identity.authority).supersedes(known)
      else { return false }
    }
    return try !snapshot.states(certificate: own.der)
  }
}
