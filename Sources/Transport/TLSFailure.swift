/// Why a TLS connection ended before its time. Facts only; words are the CLI's.
public struct TLSFailure: Error, Hashable, Sendable {
  public enum Fault: Hashable, Sendable {
    /// What the peer sent was refused here.
    case peer
    /// The peer refused what this side sent.
    case ours
    /// OpenSSL failed by itself: no memory, a key that does not work.
    case local
  }

  public var fault: Fault
  /// The alert that the peer sent.
  public var alertReceived: TLSAlert?
  /// The alert that the peer was told.
  public var alertSent: TLSAlert?
  /// OpenSSL's verdict on the peer's chain where that is what failed (an `X509_V_ERR_` number).
  public var chainFault: Int?
  /// The whole error stack.
  public var stack: [OpenSSLError]

  public init(
    fault: Fault, alertReceived: TLSAlert? = nil, alertSent: TLSAlert? = nil, chainFault: Int? = nil,
    stack: [OpenSSLError] = []
  ) {
    self.fault = fault
    self.alertReceived = alertReceived
    self.alertSent = alertSent
    self.chainFault = chainFault
    self.stack = stack
  }
}
