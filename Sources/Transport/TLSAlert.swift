/// The description byte of a TLS alert: what one side tells the other before it gives up (RFC 8446, 6).
public struct TLSAlert: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8

  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  public static let closeNotify = TLSAlert(rawValue: 0)
  public static let unexpectedMessage = TLSAlert(rawValue: 10)
  public static let badRecordMAC = TLSAlert(rawValue: 20)
  public static let recordOverflow = TLSAlert(rawValue: 22)
  public static let handshakeFailure = TLSAlert(rawValue: 40)
  public static let badCertificate = TLSAlert(rawValue: 42)
  public static let certificateUnknown = TLSAlert(rawValue: 46)
  public static let unknownAuthority = TLSAlert(rawValue: 48)
  public static let decodeError = TLSAlert(rawValue: 50)
  public static let decryptError = TLSAlert(rawValue: 51)
  public static let protocolVersion = TLSAlert(rawValue: 70)
  /// Also what a listener that is full answers before the handshake.
  public static let internalError = TLSAlert(rawValue: 80)
  public static let missingExtension = TLSAlert(rawValue: 109)
  public static let certificateRequired = TLSAlert(rawValue: 116)
  public static let noApplicationProtocol = TLSAlert(rawValue: 120)
}
