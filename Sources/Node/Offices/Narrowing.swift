internal import Ledger
internal import Store
internal import Trust

/// A revocation with another certificate of the same node beside it, in one change: what is more than that certificate
/// is taken back, and honoured up to the heads that it names.
struct Narrowing {
  var said: StatedRevocation
  /// What the office is from then on.
  var office: Office
  var heads: Honoured.Heads

  var author: NodeID { said.author }

  /// - Returns: nil for a revocation of everything: nothing beside it that its author may have issued.
  init?(_ said: StatedRevocation, _ issuers: Issuers) throws {
    let beside = try said.certificates.compactMap { issuers.certificate($0) }.first {
      try $0.nodeID == said.revocation.node && issuers.chain(of: $0, statedBy: said.author) != nil
    }
    guard let office = beside?.office else { return nil }
    self.said = said
    self.office = office
    heads = Dictionary(grouping: said.revocation.honoured, by: \.log)
  }

  /// Whether a certificate is no more than what it leaves.
  func allows(_ certificate: Certificate) -> Bool { certificate.office?.isWithin(office) ?? false }
}

extension Honoured.Way {
  init(_ certificate: Certificate, narrowings: [Honoured.Heads]) {
    self.init(divisions: Set(certificate.office?.scope.covered ?? []), narrowings: narrowings)
  }
}

/// Where an office stands.
struct OfficePlace {
  var office: Office
  var certificate: Certificate
  var node: NodeID { certificate.nodeID }
  /// The lower, the higher it stands.
  var height: (Int, Int) {
    (Int(office.scope.rank), -office.rights.rawValue.nonzeroBitCount)
  }

  init?(_ certificate: Certificate) {
    guard let office = certificate.office else { return nil }
    self.office = office
    self.certificate = certificate
  }

  /// Whether it is the region: nobody can stand above it.
  var isHighest: Bool { office.scope.rank == 0 && office.rights == .all }

  func isAbove(_ other: OfficePlace) -> Bool {
    height < other.height && office.rights.contains(.enrol)
      && other.office.scope.covered.allSatisfy(office.scope.covers)
  }
}
