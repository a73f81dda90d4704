/// Changes of one log as they come from a peer, a bundle or a backup: not believed yet.
public struct Batch: Sendable {
  public var log: LogID
  /// The head that the first change follows.
  public var startN: UInt64
  public var startHash: Hash256
  public var bodies: [[UInt8]]
  /// Signatures over heads within the batch, ascending by n; one stands at its end.
  public var signatures: [HeadSignature]

  public struct HeadSignature: Hashable, Sendable {
    public var n: UInt64
    public var signature: Signature

    public init(n: UInt64, signature: Signature) {
      self.n = n
      self.signature = signature
    }
  }

  public init(
    log: LogID, startN: UInt64, startHash: Hash256, bodies: [[UInt8]], signatures: [HeadSignature]
  ) {
    self.log = log
    self.startN = startN
    self.startHash = startHash
    self.bodies = bodies
    self.signatures = signatures
  }
}

/// Whether a head was signed by its log's node. Trust answers this.
public protocol HeadVerifier {
  /// - Returns: nil where the signature is good, else why it cannot be believed.
  func verify(_ head: LogHead, signature: Signature) -> BatchFault?
}

/// Why a batch, or the rest of one, cannot be believed.
public enum BatchFault: Error, Hashable, Sendable {
  /// The batch starts from another head than the one it is checked against.
  case doesNotFollow
  case badBody(n: UInt64, ChangeBody.Fault)
  case badSignature(n: UInt64)
  /// The changes after the last signature, or more than 64 KiB between two beside one whole change.
  case unsigned(n: UInt64)
  /// No certificate of the log's node is known.
  case unknownAuthor
  /// The author's certificate does not cover the log's division.
  case outOfScope
  case revoked
}
