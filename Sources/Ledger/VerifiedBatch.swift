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
    /// For each mutation that makes a record and nothing else the hash of the state which the record then has.
    public let freshStates: [Hash256?]
    /// The leaves whose values are missing, counted from 0.
    let erasedLeaves: [Int]
    /// What it counts for where limits are judged.
    let limitByteCount: Int

    init(
      change: Change, content: ChangeContent, signature: Signature?, erasedLeaves: [Int] = [],
      limitByteCount: Int? = nil
    ) {
      self.change = change
      self.content = content
      self.signature = signature
      self.erasedLeaves = erasedLeaves
      self.limitByteCount = limitByteCount ?? change.body.count
      freshStates = FreshState.hashes(of: content, in: change)
    }

    public var head: LogHead {
      LogHead(log: change.log, n: change.n, hash: change.hash, time: change.time)
    }

    /// Reads the change after `head`.
    init(body bytes: [UInt8], after head: LogHead, signature: Signature?) throws(ChangeBody.Fault) {
      let body = try ChangeBody(bytes)
      let hash = head.nextHash(bodyDigest: body.digest)
      let ref = ChangeRef(log: head.log, n: head.n + 1, hashPrefix: hash.prefix)
      let content = try ChangeDecoder.decode(body, of: ref, previousTime: head.time)
      try ContentLimits.check(content)
      try ContentLimits.checkMakers(content, of: ref.n)
      self.init(
        change: Change(log: head.log, n: ref.n, hash: hash, time: content.time, body: bytes),
        content: content, signature: signature, erasedLeaves: body.erasedLeaves,
        limitByteCount: body.limitByteCount)
    }

    /// The same change without some texts.
    ///
    /// - Parameter previousTime: the time of the log's previous change in milliseconds, 0 for the first.
    /// - Returns: nil where nothing of it is to go.
    public func withoutTexts(_ leaves: Set<Int>, previousTime: Int64) throws(ChangeBody.Fault) -> Entry? {
      guard let bytes = try ChangeBody(change.body).withoutTexts(leaves, of: change.ref) else { return nil }
      let body = try ChangeBody(bytes)
      var change = change
      change.body = body.bytes
      return Entry(
        change: change,
        content: try ChangeDecoder.decode(body, of: change.ref, previousTime: previousTime),
        signature: signature, erasedLeaves: body.erasedLeaves)
    }
  }

  /// The longest stretch of bodies that may stand before a signature, in bytes, beside one whole change.
  public static let signatureSpan = 64 << 10

  /// Checks `batch` against the head it starts from.
  ///
  /// - Parameters:
  ///   - start: the head held by the receiver at `batch.startN`; its time resolves the time differences.
  ///   - verifier: knows the author's key and rights.
  /// - Returns: what can be believed (up to the last good signature, or to a head that a counting revocation names),
  ///   and the fault that ended it, if any.
  public static func check(
    _ batch: Batch, from start: LogHead, verifier: some HeadVerifier
  ) -> (verified: VerifiedBatch?, fault: BatchFault?) {
    check(ReadBatch(batch, from: start), verifier: verifier)
  }

  /// The same for a batch that was read before; it starts from a head which the receiver holds.
  public static func check(
    _ read: ReadBatch, verifier: some HeadVerifier
  ) -> (verified: VerifiedBatch?, fault: BatchFault?) {
    var believed = 0
    var fault = read.fault
    var end = read.entries.count
    for (index, entry) in read.entries.enumerated() {
      if !entry.erasedLeaves.isEmpty, !verifier.mayLack(entry.erasedLeaves, of: entry.change.ref) {
        fault = .valuesMissing(n: entry.change.n)
        end = index
        break
      }
      guard let signature = entry.signature else { continue }
      if let problem = verifier.verify(entry.head, signature: signature) {
        fault = problem
        end = index
        break
      }
      believed = index + 1
    }
    // A head that a revocation honours needs no signature: who sends it may have cut the log there, or not know of
    // the revocation and send what lies beyond as well.
    if let named = (believed..<end).last(where: { verifier.vouches(for: read.entries[$0].head) }) {
      believed = named + 1
    }
    if fault == nil, believed < read.entries.count { fault = .unsigned(n: read.end.n) }
    guard believed > 0 else { return (nil, fault) }
    return (VerifiedBatch(start: read.start, entries: read.entries.prefix(believed)), fault)
  }

  private init(start: LogHead, entries: ArraySlice<Entry>) {
    self.start = start
    self.entries = Array(entries)
    end = entries.last!.head
  }

  /// The author's own new change: made by `LogHead.append`, so there is nothing to doubt.
  public init(own change: Change, content: ChangeContent, signature: Signature, after start: LogHead) {
    precondition(change.log == start.log && change.n == start.n + 1, "\(change.n) follows \(start.n)")
    self.init(start: start, entries: [Entry(change: change, content: content, signature: signature)])
  }
}
