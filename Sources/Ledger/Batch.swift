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

/// A batch whose chain and heads have been checked; only the check makes one.
public struct VerifiedBatch: Sendable {
  public let start: LogHead
  public let end: LogHead
  public let entries: [Entry]

  public struct Entry: Sendable {
    public let change: Change
    public let content: ChangeContent
    /// The author's signature over this change's head, where one stands.
    public let signature: Signature?
  }

  /// The longest stretch of bodies that may stand before a signature, in bytes, beside one whole change.
  public static let signatureSpan = 64 << 10

  /// Checks `batch` against the head it starts from.
  ///
  /// - Parameters:
  ///   - start: the head held by the receiver at `batch.startN`; its time resolves the time differences.
  ///   - verifier: knows the author's key and rights.
  /// - Returns: what can be believed (up to the last good signature), and the fault that ended it, if any.
  public static func check(
    _ batch: Batch, from start: LogHead, verifier: some HeadVerifier
  ) -> (verified: VerifiedBatch?, fault: BatchFault?) {
    guard batch.startN == start.n, batch.startHash == start.hash, batch.log == start.log else {
      return (nil, .doesNotFollow)
    }
    var signatures = batch.signatures[...]
    var head = start
    var believed: (head: LogHead, count: Int) = (start, 0)
    var entries: [Entry] = []
    entries.reserveCapacity(batch.bodies.count)
    var unsignedBytes = 0
    var fault: BatchFault?
    for bytes in batch.bodies {
      let n = head.n + 1
      do throws(ChangeBody.Fault) {
        let body = try ChangeBody(bytes)
        let hash = head.nextHash(bodyDigest: body.digest)
        let ref = ChangeRef(log: head.log, n: n, hashPrefix: hash.prefix)
        let content = try ChangeDecoder.decode(body, of: ref, previousTime: head.time)
        try ContentLimits.check(content)
        head = LogHead(log: head.log, n: n, hash: hash, time: content.time)
        let signature = signatures.first.flatMap { $0.n == n ? $0.signature : nil }
        let change = Change(log: head.log, n: n, hash: hash, time: content.time, body: bytes)
        entries.append(Entry(change: change, content: content, signature: signature))
      } catch {
        fault = .badBody(n: n, error)
        break
      }
      unsignedBytes += bytes.count
      if unsignedBytes > signatureSpan + ChangeBody.maxByteCount {
        fault = .unsigned(n: n)
        break
      }
      if let next = signatures.first, next.n == n {
        signatures.removeFirst()
        if let problem = verifier.verify(head, signature: next.signature) {
          fault = problem
          break
        }
        believed = (head, entries.count)
        unsignedBytes = 0
      }
    }
    if fault == nil, believed.count < batch.bodies.count { fault = .unsigned(n: head.n) }
    guard believed.count > 0 else { return (nil, fault) }
    entries.removeLast(entries.count - believed.count)
    return (VerifiedBatch(start: start, end: believed.head, entries: entries), fault)
  }

  private init(start: LogHead, end: LogHead, entries: [Entry]) {
    self.start = start
    self.end = end
    self.entries = entries
  }

  /// The author's own new change: made by `LogHead.append`, so there is nothing to doubt.
  public init(own change: Change, content: ChangeContent, signature: Signature, after start: LogHead) {
    precondition(change.log == start.log && change.n == start.n + 1, "\(change.n) follows \(start.n)")
    self.start = start
    end = LogHead(log: change.log, n: change.n, hash: change.hash, time: change.time)
    entries = [Entry(change: change, content: content, signature: signature)]
  }
}
