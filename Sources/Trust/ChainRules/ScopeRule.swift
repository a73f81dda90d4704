/// A child's scope is within its issuer's.
enum ScopeRule: ChainRule {
  static func check(_ child: Holder, under issuer: Holder) throws(TrustError) {
    guard child.office.scope.isWithin(issuer.office.scope) else {
      throw .scopeNotWithinIssuer(office: child.office.name, node: child.node)
    }
  }
}
