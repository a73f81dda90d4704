internal import COpenSSL
internal import Ledger

/// Who signs certificates: the region with its CA's key, or an office with the right to enrol with its own.
public struct CertificateAuthority: Sendable {
  public let certificate: Certificate
  let key: NodeKey

  private static let day: Int64 = 86_400

  public init(certificate: Certificate, key: NodeKey) {
    self.certificate = certificate
    self.key = key
  }

  /// The region's own CA: a self-signed certificate, good for 20 years.
  ///
  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - serial: 16 random bytes.
  public static func make(name: String, key: NodeKey, now: Int64, serial: [UInt8]) throws(TrustError)
    -> CertificateAuthority
  {
    // A day back: a clock that is a little slow should not find the region's CA in the future.
    let template = CertificateTemplate(
      subject: name, key: key.publicKey, from: now - day, to: now + 20 * 366 * day, serial: serial,
      pathLength: 2, office: nil)
    return CertificateAuthority(certificate: try template.sign(by: nil, key: key), key: key)
  }

  /// Certifies an office's node.
  ///
  /// - Parameters:
  ///   - from: seconds since 1970, as is `to`.
  ///   - serial: 16 random bytes.
  /// - Throws: `scopeNotWithinIssuer`, `rightsNotWithinIssuer` or `issuerMayNotEnrol` where the issuer may not
  ///   give that; `chainTooLong` where an enrolled office would make a further enroller, whose certificates
  ///   nobody would believe; `badKey` where the issuer's key is not its certificate's.
  public func issue(
    _ office: Office, key subject: PublicKey, from: Int64, to: Int64, serial: [UInt8]
  ) throws(TrustError) -> Certificate {
    guard certificate.publicKey == key.publicKey else { throw .badKey }
    let mayEnrol = office.rights.contains(.enrol)
    if let issuer = Holder(certificate) {
      try ChainRules.check(Holder(office: office, node: subject.nodeID), under: issuer)
    }
    let template = CertificateTemplate(
      subject: office.name, key: subject, from: from, to: to, serial: serial, pathLength: mayEnrol ? 0 : nil,
      office: office)
    return try template.sign(by: certificate, key: key)
  }
}
