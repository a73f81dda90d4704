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

  /// The hashes of its changes, as far as these can be read: what they are called, whether believed or not.
  public var hashes: [Hash256] {
    var head = LogHead(log: log, n: startN, hash: startHash, time: 0)
    var hashes: [Hash256] = []
    for bytes in bodies {
      guard let body = try? ChangeBody(bytes) else { break }
      head.hash = head.nextHash(bodyDigest: body.digest)
      head.n += 1
      hashes.append(head.hash)
    }
    return hashes
  }
}

/// Whether a head was signed by its log's node. Trust answers this.
public protocol HeadVerifier {
  /// - Returns: nil where the signature is good, else why it cannot be believed.
  func verify(_ head: LogHead, signature: Signature) -> BatchFault?

  /// Whether somebody who may has signed elsewhere that a head counts, so that it needs no signature of its own: a
  /// revocation that honours it. What it cut off may have held the next one.
  func vouches(for head: LogHead) -> Bool

  /// Whether a redaction that counts names all of these leaves of a change, so that their values may be missing.
  func mayLack(_ leaves: [Int], of change: ChangeRef) -> Bool
}

extension HeadVerifier {
  public func vouches(for head: LogHead) -> Bool { false }
  public func mayLack(_ leaves: [Int], of change: ChangeRef) -> Bool { false }
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
  /// The author's certificate for the log's division was taken back, and this lies beyond what is honoured of it.
  case narrowed
  /// A branch of the region's own log that it does not let count.
  case ruledOut
  /// Values are missing that no redaction held here names.
  case valuesMissing(n: UInt64)
}
