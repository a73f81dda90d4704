/// A child has no right that its issuer has not.
enum RightsRule: ChainRule {
  static func check(_ child: Holder, under issuer: Holder) throws(TrustError) {
    guard issuer.office.rights.isSuperset(of: child.office.rights) else {
      throw .rightsNotWithinIssuer(office: child.office.name, node: child.node)
    }
  }
}
