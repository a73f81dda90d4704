internal import Ledger

/// Whose a certificate is, and what it says of them: all that the rules look at.
struct Holder {
  var office: Office
  var node: NodeID

  init(office: Office, node: NodeID) {
    self.office = office
    self.node = node
  }

  /// nil for the regional CA, which stands above the rules.
  init?(_ certificate: Certificate) {
    guard let office = certificate.office else { return nil }
    self.init(office: office, node: certificate.nodeID)
  }
}

/// A rule about an office's certificate and that of the office which issued it.
protocol ChainRule {
  static func check(_ child: Holder, under issuer: Holder) throws(TrustError)
}

/// The same rules where a certificate is made and where one is believed.
enum ChainRules {
  private static var all: [any ChainRule.Type] {
    [EnrolRightRule.self, ScopeRule.self, RightsRule.self, DelegationRule.self]
  }

  static func check(_ child: Holder, under issuer: Holder) throws(TrustError) {
    for rule in all { try rule.check(child, under: issuer) }
  }

  /// A path from an office to the root, both included, as `TrustStore` found it.
  static func check(path: [Certificate]) throws(TrustError) {
    try LengthRule.check(path)
    try KeyIdentifierRule.check(path)
    let holders = try OfficeRule.check(path)
    for (child, issuer) in zip(holders, holders.dropFirst()) { try check(child, under: issuer) }
  }
}
