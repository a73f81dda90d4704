internal import FoundationEssentials
internal import SwiftProtobuf

/// A new office shows its token's secret and asks for a certificate.
public struct JoinRequest: Sendable, Hashable {
  public var secret: [UInt8]
  /// PKCS#10, PEM.
  public var request: String

  public init(secret: [UInt8], request: String) {
    self.secret = secret
    self.request = request
  }
}

extension JoinRequest {
  var carrier: ProtoJoinRequest {
    .with {
      $0.secret = Data(secret)
      $0.request = request
    }
  }

  init(_ carrier: ProtoJoinRequest) throws {
    try WireFault.check("secret", carrier.secret.count, limit: Limits.secretBytes)
    try WireFault.check("request", carrier.request.utf8.count, limit: Limits.requestBytes)
    self.init(secret: [UInt8](carrier.secret), request: carrier.request)
  }
}
