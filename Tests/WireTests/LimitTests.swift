import Ledger
import Testing

@testable import Wire

/// Each limit of a message: exactly on it is taken, one beyond is refused by its name.
@Suite struct LimitTests {
  private func check(
    _ name: String, _ type: UInt8, limit: Int, value: Int? = nil, _ payload: (Int) -> [UInt8],
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(fault(type, payload(limit)) == nil, "on the limit", sourceLocation: location)
    let beyond = WireFault.limit(name: name, value: value ?? limit + 1, limit: limit)
    #expect(fault(type, payload(limit + 1)) == beyond, sourceLocation: location)
  }

  @Test func frame() {
    // An unknown field fills the frame: its tag and length take six bytes.
    check("frame", 5, limit: Limits.frameBytes) { size in
      let count = size - 6
      let length = [count & 0x7f | 0x80, count >> 7 & 0x7f | 0x80, count >> 14 & 0x7f | 0x80, count >> 21]
      return [0xfa, 0x06] + length.map { UInt8($0) } + [UInt8](repeating: 0, count: count)
    }
  }

  @Test func inflated() throws {
    let limit = Limits.inflatedBytes
    #expect(try Compression.inflate(Compression.deflate([UInt8](repeating: 0, count: limit))).count == limit)
    #expect(throws: WireFault.limit(name: "inflated", value: limit + 1, limit: limit)) {
      try Compression.inflate(Compression.deflate([UInt8](repeating: 0, count: limit + 1)))
    }
  }

  @Test func batches() {
    let batch = Sample.batch(bodies: [])
    check("batches", 4, limit: Limits.batchesPerFrame) { count in
      Message.changes(
        ChangesFrame(batches: [Batch](repeating: batch, count: count), through: Sample.cursor)
      ).encoded()
    }
  }

  @Test func changes() {
    // Over two batches: the limit is the frame's.
    check("changes", 4, limit: Limits.changesPerFrame) { count in
      let bodies = [[UInt8]](repeating: [1], count: count - 10)
      return Message.changes(
        Sample.frame(
          Sample.batch(bodies: bodies), Sample.batch(2, bodies: [[UInt8]](repeating: [1], count: 10)))
      ).encoded()
    }
  }

  @Test func change() {
    check("change", 4, limit: Limits.changeBytes) { size in
      Message.changes(Sample.frame(Sample.batch(bodies: [[UInt8](repeating: 1, count: size)]))).encoded()
    }
  }

  @Test func fetched() {
    check("fetched", 13, limit: Limits.fetchedPerMessage) {
      Message.attachmentsThrough(fetched: UInt64($0)).encoded()
    }
    let beyond = WireFault.limit(name: "fetched", value: .max, limit: Limits.fetchedPerMessage)
    #expect(fault(13, Message.attachmentsThrough(fetched: .max).encoded()) == beyond)
  }

  @Test func logs() {
    let limit = Limits.logsPerMessage
    check("logs", 2, limit: limit) { Message.offer(Offer(Sample.offer($0))).encoded() }
    check("receipts", 2, limit: Limits.receiptsPerMessage) {
      Message.offer(Offer([], receipts: [[UInt8]](repeating: [1], count: $0))).encoded()
    }
    check("logs", 3, limit: limit) {
      Message.held([HeldLog](repeating: Sample.held(points: 0), count: $0)).encoded()
    }
    check("logs", 1, limit: limit) {
      var hello = Sample.hello(0)
      hello.unreceipted = [LogHead](repeating: Sample.head(1), count: $0)
      return Message.hello(hello).encoded()
    }
    check("logs", 1, limit: limit) {
      var hello = Sample.hello(0)
      hello.unreceiptedAbove = [LogHead](repeating: Sample.head(1), count: $0)
      return Message.hello(hello).encoded()
    }
    check("receipts", 6, limit: Limits.receiptsPerMessage) {
      var done = Sample.done
      done.receipts = [[UInt8]](repeating: [1], count: $0)
      return Message.done(done).encoded()
    }
    check("words", 6, limit: Limits.wordsPerMessage) {
      var done = Sample.done
      done.words = [WholeWord](repeating: Sample.done.words[0], count: $0)
      return Message.done(done).encoded()
    }
  }

  /// A receipt is opaque to the message that carries it; its limit is the message's all the same.
  @Test func headsOfAReceipt() {
    func receipt(_ heads: Int) -> [UInt8] {
      Receipt(
        signer: Sample.log(1).node, at: SigningTime(term: 0, time: 1),
        heads: [LogHead](repeating: Sample.head(1), count: heads)
      ) { _ in
        Sample.signature(1)
      }.encoded
    }
    let limit = Limits.logsPerMessage
    check("logs", 6, limit: limit) {
      Message.done(Done(sentFrames: 0, receivedFrames: 0, digest: .zero, receipt: receipt($0))).encoded()
    }
    check("logs", 2, limit: limit) { Message.offer(Offer([], receipts: [[1, 2], receipt($0)])).encoded() }
  }

  @Test func points() {
    check("points", 3, limit: Limits.pointsPerLog) { Message.held([Sample.held(points: $0)]).encoded() }
  }

  @Test func failure() {
    check("failure-code", 7, limit: Limits.failureCodeBytes) {
      Message.failure(Failure(code: String(repeating: "a", count: $0))).encoded()
    }
    check("failure-detail", 7, limit: Limits.failureDetailBytes) { count in
      // What is written here is cut, so the field is written by hand.
      [0x12, UInt8(count & 0x7f | 0x80), UInt8(count >> 7)] + [UInt8](repeating: 0x61, count: count)
    }
  }

  @Test func joining() {
    check("secret", 8, limit: Limits.secretBytes) {
      Message.joinRequest(JoinRequest(secret: [UInt8](repeating: 1, count: $0), request: "")).encoded()
    }
    check("request", 8, limit: Limits.requestBytes) {
      Message.joinRequest(JoinRequest(secret: [], request: String(repeating: "a", count: $0))).encoded()
    }
    check("certificate", 9, limit: Limits.certificateBytes) {
      Message.joinAnswer(JoinAnswer(certificate: String(repeating: "a", count: $0), authority: "")).encoded()
    }
    check("certificate", 9, limit: Limits.certificateBytes) {
      Message.joinAnswer(JoinAnswer(certificate: "", authority: String(repeating: "a", count: $0))).encoded()
    }
  }

  @Test func pieces() {
    check("chunk", 11, limit: Limits.chunkBytes) {
      Message.attachmentChunk(
        AttachmentChunk(content: .zero, offset: 0, data: [UInt8](repeating: 1, count: $0))
      ).encoded()
    }
  }

  // MARK: what is sent keeps to them

  @Test func theLargestOfferAndAnswerFitIntoAFrame() throws {
    let longest = DivisionCode("540100-12345678")!
    let logs = (0..<Limits.logsPerMessage + 5).map {
      LogID(
        node: NodeID(Hash256(hashing: [1])), space: Space(division: longest, section: .records),
        epoch: UInt64($0))
    }
    let last = UInt64(Int64.max)
    let ranges = Offer(
      logs.map { OfferedRange(log: $0, from: last - 1, to: last, toHash: Hash256(hashing: [1])) })
    #expect(ranges.fittingMessage.ranges.count == Limits.logsPerMessage)
    #expect(fault(2, Message.offer(ranges.fittingMessage).encoded()) == nil)
    let point = HeldLog.Point(n: last, hash: Hash256(hashing: [2]))
    let held = logs.map { HeldLog(log: $0, points: [HeldLog.Point](repeating: point, count: 200)) }
    let fitting = held.fittingMessage
    #expect(fitting.count > 700 && fitting.allSatisfy { $0.points.count == Limits.pointsPerLog })
    #expect(fault(3, Message.held(fitting).encoded()) == nil)
  }

  /// A frame that a sender fills to its target with the smallest changes, each of another log than the one
  /// before, is within every limit. (18 bytes: one flag of a record that the log itself made.)
  @Test func aFrameOfTheSmallestChangesIsWithinTheLimits() {
    let logs = (0..<500).map { Sample.log($0) }
    let batches = (0..<Limits.frameTargetBytes / 18).map { index in
      let random = Hash256(hashing: index.bigEndianBytes).bytes
      let signature = Signature(random + Hash256(hashing: random).bytes)!
      return Batch(
        log: logs[index % logs.count], startN: 5, startHash: Hash256(hashing: [UInt8](random[0..<4])),
        bodies: [[UInt8](random[4..<22])], signatures: [Batch.HeadSignature(n: 6, signature: signature)])
    }
    let frame = Message.changes(ChangesFrame(batches: batches, through: Sample.cursor))
    #expect(fault(4, frame.encoded()) == nil)
  }
}
