internal import Transport
internal import Wire

extension ConnectionLimits {
  /// What the protocol allows a session.
  static let session = ConnectionLimits(
    frameBytes: Limits.frameBytes, idleTime: .seconds(Limits.idleSeconds),
    totalTime: .seconds(Limits.totalSeconds))
}
