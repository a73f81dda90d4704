internal import Replication
internal import Transport
internal import Trust
internal import Wire

/// Why a link to a peer does not stand, or stands no more.
public enum LinkError: Error, Sendable, Hashable {
  case unreachable(address: String, Obstacle)
  /// The peer is there and has no place left, or trouble of its own: later it may answer.
  case busy(address: String)
  /// The handshake failed: one side does not trust the other.
  case untrusted(Distrust)
  case lost(Loss)
  case protocolFault(Breach)
}

extension LinkError {
  /// What stands between this node and an address.
  public enum Obstacle: Sendable, Hashable {
    /// The host's name has no address.
    case unknownHost
    /// The host answers, and nobody listens on the port.
    case refused
    case noWay(errno: Int32)
    case timedOut
    /// Somebody took the connection and closed it before a word was said.
    case hungUp
  }

  /// Who distrusts whom in a handshake, as far as that is known.
  public enum Distrust: Sendable, Hashable {
    /// The peer refused this side with that TLS alert (RFC 8446, 6).
    case alert(UInt8)
    /// The peer's chain was refused here: an `X509_V_ERR_` number.
    case chain(Int)
    /// The peer does not speak TLS 1.3, or not this program's protocol over it.
    case handshake
  }

  /// How a link came to its end before its time.
  public enum Loss: Sendable, Hashable {
    /// A question was asked, and the peer closed without a word.
    case noAnswer
    case peerTakesNothing
    case peerSilent
    case peerClosed
    /// The peer closed before both sides were through.
    case unfinished
    /// This side's certificate was renewed: the two have to agree anew on what both may read.
    case renewed
    /// The peer has another certificate than the one that it showed, likewise.
    case peerRenewed
    case idle
    case totalTimeReached
    /// Cut without TLS's close.
    case truncated
    case broken(errno: Int32)
    /// What no case foresees; the text is for a log.
    case unforeseen(String)
  }

  /// What the peer sent, or left out, against the protocol.
  public enum Breach: Sendable, Hashable {
    /// A message that has no place there, or of no known type.
    case unexpected(type: UInt8)
    case malformed
    case version(UInt64)
    case limit(name: String, value: Int, limit: Int)
    /// A batch that follows on nothing which is held here.
    case gap
    /// Both sides have shown their heads, and the stores still differ.
    case unequal
  }

  /// What is wrong with how a session ended; nil where nothing is.
  ///
  /// A store that went on meanwhile, or refused changes, has done its part: the next sync brings the rest, and
  /// what was refused is told apart from this.
  init?(outcome: Checkpoint.Outcome?) {
    switch outcome {
    case .converged, .moved, .refused, .withheld: return nil
    case .unequal: self = .protocolFault(.unequal)
    case nil: self = .lost(.unfinished)
    }
  }

  init(_ error: TransportError, address: String) {
    switch error {
    case .unresolved: self = .unreachable(address: address, .unknownHost)
    case .refused: self = .unreachable(address: address, .refused)
    case .unreachable(_, _, let number): self = .unreachable(address: address, .noWay(errno: number))
    case .connectTimedOut, .handshakeTimedOut: self = .unreachable(address: address, .timedOut)
    case .closedInHandshake: self = .unreachable(address: address, .hungUp)
    // What a full listener says (RefusalHandler), and TLS of a peer that failed by itself.
    case .tls(let failure) where failure.alertReceived == .internalError: self = .busy(address: address)
    case .tooManyConnections: self = .busy(address: address)
    case .tls(let failure):
      self = .untrusted(
        failure.alertReceived.map { .alert($0.rawValue) } ?? failure.chainFault.map { .chain($0) }
          ?? .handshake)
    case .frameTooLarge(let frame):
      self = .protocolFault(.limit(name: "frame", value: frame.length, limit: frame.limit))
    case .idleTimedOut: self = .lost(.idle)
    case .totalTimeReached: self = .lost(.totalTimeReached)
    case .truncated: self = .lost(.truncated)
    case .broken(let number), .cannotListen(_, _, let number): self = .lost(.broken(errno: number))
    case .closed, .cancelled: self = .lost(.peerClosed)
    case .unforeseen(let text): self = .lost(.unforeseen(text))
    }
  }

  /// A session's end in the terms of a link: whose fault it was, or what the peer said.
  static func told(_ error: any Error) -> any Error {
    switch error {
    case SessionError.peerFailed(let failure):
      NodeError.peerRefused(code: failure.code, detail: failure.detail)
    case let error as SessionError: LinkError.protocolFault(Breach(error))
    case let error as WireFault: LinkError.protocolFault(Breach(error))
    default: error
    }
  }

  /// Whether a link ended to be made anew under another certificate: that is no fault of anybody's.
  public static func isRenewal(_ error: any Error) -> Bool {
    switch error {
    case LinkError.lost(.renewed), LinkError.lost(.peerRenewed): true
    default: false
    }
  }

  /// Whether trying again soon cannot help: somebody has to do something first.
  static func isForGood(_ error: any Error) -> Bool {
    switch error {
    case LinkError.untrusted, LinkError.protocolFault, NodeError.peerRefused, is TrustError,
      is CertificateRefusal:
      true
    default: false
    }
  }
}

extension LinkError.Breach {
  init(_ error: SessionError) {
    switch error {
    case .unexpected(let type): self = .unexpected(type: type)
    case .versionMismatch(let theirs): self = .version(theirs)
    case .badMessage(let fault): self.init(fault)
    case .limit(let name, let value, let limit): self = .limit(name: name, value: value, limit: limit)
    case .gap: self = .gap
    case .peerFailed: self = .malformed
    }
  }

  init(_ fault: WireFault) {
    switch fault {
    case .unknownType(let type): self = .unexpected(type: type)
    case .limit(let name, let value, let limit): self = .limit(name: name, value: value, limit: limit)
    case .malformed, .badCompression: self = .malformed
    }
  }
}
