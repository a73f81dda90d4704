/// Root, enroller, office: a path has no more certificates.
enum LengthRule {
  static func check(_ path: [Certificate]) throws(TrustError) {
    guard path.count <= TrustedChain.maxCount else { throw .chainTooLong }
  }
}
