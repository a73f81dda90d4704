internal import Ledger

/// A new office shows its token's secret and asks for a certificate.
public struct JoinRequest: Sendable, Hashable {
  public var secret: [UInt8]
  /// PKCS#10, PEM.
  public var request: String

  public init(secret: [UInt8], request: String) {
    self.secret = secret
    self.request = request
  }

  func write(to out: inout ByteWriter) {
    out.write(lengthPrefixed: secret)
    out.write(lengthPrefixed: Array(request.utf8))
  }

  init(from reader: inout ByteReader) throws {
    secret = Array(try reader.readLengthPrefixed())
    request = try reader.text()
  }
}

/// The certificate with its chain (PEM, leaf first), and the region's CA (PEM).
public struct JoinAnswer: Sendable, Hashable {
  public var certificate: String
  public var authority: String

  public init(certificate: String, authority: String) {
    self.certificate = certificate
    self.authority = authority
  }

  func write(to out: inout ByteWriter) {
    out.write(lengthPrefixed: Array(certificate.utf8))
    out.write(lengthPrefixed: Array(authority.utf8))
  }

  init(from reader: inout ByteReader) throws {
    certificate = try reader.text()
    authority = try reader.text()
  }
}
