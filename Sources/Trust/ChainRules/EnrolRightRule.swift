/// Who issues certificates, other than the region's CA, has the right to enrol.
enum EnrolRightRule: ChainRule {
  static func check(_ child: Holder, under issuer: Holder) throws(TrustError) {
    guard issuer.office.rights.contains(.enrol) else {
      throw .issuerMayNotEnrol(office: issuer.office.name, node: issuer.node)
    }
  }
}
