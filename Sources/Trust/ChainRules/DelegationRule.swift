/// Only the region's CA gives the right to enrol: below an enroller nobody has it.
enum DelegationRule: ChainRule {
  static func check(_ child: Holder, under issuer: Holder) throws(TrustError) {
    guard !child.office.rights.contains(.enrol) else { throw .chainTooLong }
  }
}
