internal import SwiftProtobuf

/// The certificate with its chain (PEM, leaf first), and the region's CA (PEM).
public struct JoinAnswer: Sendable, Hashable {
  public var certificate: String
  public var authority: String

  public init(certificate: String, authority: String) {
    self.certificate = certificate
    self.authority = authority
  }
}

extension JoinAnswer {
  var carrier: ProtoJoinAnswer {
    .with {
      $0.certificate = certificate
      $0.authority = authority
    }
  }

  init(_ carrier: ProtoJoinAnswer) throws {
    try WireFault.check("certificate", carrier.certificate.utf8.count, limit: Limits.certificateBytes)
    try WireFault.check("certificate", carrier.authority.utf8.count, limit: Limits.certificateBytes)
    self.init(certificate: carrier.certificate, authority: carrier.authority)
  }
}
