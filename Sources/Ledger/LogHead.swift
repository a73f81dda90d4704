/// A change as it is stored and relayed: its body verbatim, and what the chain implies of it.
public struct Change: Sendable {
  public var log: LogID
  public var n: UInt64
  public var hash: Hash256
  public var time: Int64
  public var body: [UInt8]

  public init(log: LogID, n: UInt64, hash: Hash256, time: Int64, body: [UInt8]) {
    self.log = log
    self.n = n
    self.hash = hash
    self.time = time
    self.body = body
  }

  public var ref: ChangeRef { ChangeRef(log: log, n: n, hashPrefix: hash.prefix) }
}

/// The end of a log (or of a branch of it): what the next change follows, and what a signature covers.
public struct LogHead: Hashable, Sendable {
  public var log: LogID
  /// The number of the last change; 0 where there is none yet.
  public var n: UInt64
  /// The last change's hash; 32 zero bytes where there is none yet.
  public var hash: Hash256
  /// The last change's time in milliseconds since 1970; 0 where there is none yet.
  public var time: Int64

  public init(log: LogID, n: UInt64, hash: Hash256, time: Int64) {
    self.log = log
    self.n = n
    self.hash = hash
    self.time = time
  }

  /// The empty log.
  public init(emptyLog log: LogID) { self.init(log: log, n: 0, hash: .zero, time: 0) }

  public var ref: ChangeRef { ChangeRef(log: log, n: n, hashPrefix: hash.prefix) }

  /// What is signed: tag ‖ LogID ‖ n (8, big-endian) ‖ hash.
  public var signedBytes: [UInt8] {
    var out = ByteWriter(capacity: 104)
    out.write(.head)
    log.write(to: &out)
    out.write(bigEndian: n)
    out.write(hash)
    return out.bytes
  }

  /// The hash of the next change: SHA-256(tag ‖ LogID ‖ n ‖ hash(n-1) ‖ digest of the body).
  public func nextHash(bodyDigest: Hash256) -> Hash256 {
    var out = ByteWriter(capacity: 136)
    out.write(.link)
    log.write(to: &out)
    out.write(bigEndian: n + 1)
    out.write(hash)
    out.write(bodyDigest)
    return Hash256(hashing: out.bytes)
  }

  /// Appends a change: the only maker of a log's next change, and the only caller of the author's key.
  ///
  /// - Parameters:
  ///   - content: what the change says; its time is the author's clock.
  ///   - seed: 16 random bytes, used where the change carries text.
  ///   - sign: signs the new head's `signedBytes`.
  /// - Returns: the change and its signature; `self` is then the new head.
  /// - Throws: `ChangeBody.Fault.tooLarge` and its like, or what `sign` throws.
  public mutating func append(
    _ content: ChangeContent, seed: [UInt8], sign: ([UInt8]) throws -> Signature
  ) throws -> (change: Change, signature: Signature) {
    try ContentLimits.check(content)
    try ContentLimits.checkMakers(content, of: n + 1)
    let bytes = try ChangeEncoder.encode(content, in: log, previousTime: time, seed: seed)
    let body = try ChangeBody(bytes)
    let next = LogHead(
      log: log, n: n + 1, hash: nextHash(bodyDigest: body.digest), time: content.time)
    // What names other writes is read back: a reference that every reader would refuse must not be signed.
    if content.namesWrites { _ = try ChangeDecoder.decode(body, of: next.ref, previousTime: time) }
    let signature = try sign(next.signedBytes)
    self = next
    return (Change(log: log, n: n, hash: hash, time: time, body: bytes), signature)
  }
}
