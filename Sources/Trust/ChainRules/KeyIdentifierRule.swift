/// Every certificate names its issuer's key, and its own, by the identifier that follows from the key: so who issued a
/// certificate can be told from what it says, and nobody leaves that out or gives it another name.
enum KeyIdentifierRule {
  /// - Parameter path: from an office to the root, both included.
  static func check(_ path: [Certificate]) throws(TrustError) {
    for (child, issuer) in zip(path, path.dropFirst()) {
      guard child.namesOwnKey, issuer.namesOwnKey, child.issuerKeyID == issuer.keyID else {
        throw .keyNotNamed(office: child.office?.name ?? child.commonName, node: child.nodeID)
      }
    }
  }
}
