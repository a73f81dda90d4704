/// Every certificate below the root is an office's: without its scope there would be nothing to hold those
/// below it to.
enum OfficeRule {
  /// - Parameter path: from an office to the root, both included.
  /// - Returns: the offices, without the root.
  static func check(_ path: [Certificate]) throws(TrustError) -> [Holder] {
    var holders: [Holder] = []
    for certificate in path.dropLast() {
      guard let holder = Holder(certificate) else { throw .badCertificate }
      holders.append(holder)
    }
    guard !holders.isEmpty else { throw .badCertificate }
    return holders
  }
}
