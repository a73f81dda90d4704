/// How much and how long a connection may.
public struct ConnectionLimits: Sendable {
  /// The longest payload of a frame, both ways.
  public var frameBytes: Int
  public var connectTime: Duration
  public var handshakeTime: Duration
  /// Without a byte either way for so long, while this side reads, a peer is taken for gone.
  public var idleTime: Duration
  /// From the handshake on; nil is for ever.
  public var totalTime: Duration?
  /// How long a peer may take to answer a close.
  public var closeTime: Duration
  /// How long an alert is given to arrive.
  public var lingerTime: Duration
  /// Frames received and not taken yet; beyond it the socket is not read.
  public var inboundBytes: Int
  /// Frames sent that the socket has not taken yet; beyond it `send` waits.
  public var outboundBytes: Int
  /// What a listener allows a dialler that joins, and has shown nothing yet.
  public var joining: JoiningLimits

  public init(
    frameBytes: Int = 4 << 20, connectTime: Duration = .seconds(15), handshakeTime: Duration = .seconds(20),
    idleTime: Duration = .seconds(60), totalTime: Duration? = nil, closeTime: Duration = .seconds(5),
    lingerTime: Duration = .seconds(2), inboundBytes: Int = 1 << 20, outboundBytes: Int = 1 << 20,
    joining: JoiningLimits = JoiningLimits()
  ) {
    self.frameBytes = frameBytes
    self.connectTime = connectTime
    self.handshakeTime = handshakeTime
    self.idleTime = idleTime
    self.totalTime = totalTime
    self.closeTime = closeTime
    self.lingerTime = lingerTime
    self.inboundBytes = inboundBytes
    self.outboundBytes = outboundBytes
    self.joining = joining
  }
}

/// Who joins has one question, and nobody knows yet who it is.
public struct JoiningLimits: Sendable {
  /// The longest payload of a frame that comes, and all that is kept of what came.
  public var frameBytes: Int
  /// From the handshake on.
  public var totalTime: Duration

  public init(frameBytes: Int = 64 << 10, totalTime: Duration = .seconds(20)) {
    self.frameBytes = frameBytes
    self.totalTime = totalTime
  }
}
