import Ledger

@testable import Wire

/// Things to send.
enum Sample {
  static let store = [UInt8](0x10...0x1f)
  static let cursor = ArrivalCursor(store: [UInt8](0x20...0x2f), arrival: 300, running: [UInt8](0x30...0x3f))

  static func log(_ number: Int, epoch: UInt64 = 1) -> LogID {
    LogID(
      node: NodeID(Hash256(hashing: number.bigEndianBytes)),
      space: Space(division: DivisionCode("540100")!, section: .records), epoch: epoch)
  }

  static func head(_ number: Int) -> LogHead {
    LogHead(log: log(number), n: UInt64(number), hash: Hash256(hashing: [7]), time: 0)
  }

  static func signature(_ byte: UInt8) -> Signature { Signature([UInt8](repeating: byte, count: 64))! }

  static func batch(_ number: Int = 1, startN: UInt64 = 0, bodies: [[UInt8]]) -> Batch {
    Batch(
      log: log(number), startN: startN, startHash: startN == 0 ? .zero : Hash256(hashing: [8]),
      bodies: bodies,
      signatures: bodies.isEmpty
        ? [] : [Batch.HeadSignature(n: startN + UInt64(bodies.count), signature: signature(9))])
  }

  static func frame(_ batches: Batch...) -> ChangesFrame { ChangesFrame(batches: batches, through: cursor) }

  static func hello(_ heads: Int = 2) -> Hello {
    Hello(
      store: store, cursor: cursor, time: 1_756_700_000_123, unreceipted: (0..<heads).map { head($0) },
      watches: true, withholds: true, attachments: true, contents: 300,
      unreceiptedAbove: (0..<heads).map { head($0 + 1) })
  }

  static func offer(_ count: Int) -> [OfferedRange] {
    (0..<count).map {
      OfferedRange(log: log(7, epoch: UInt64($0)), from: 1, to: 9, toHash: Hash256(hashing: [1]))
    }
  }

  static func held(points: Int) -> HeldLog {
    HeldLog(
      log: log(1),
      points: (0..<points).map { HeldLog.Point(n: UInt64($0), hash: Hash256(hashing: [UInt8($0)])) })
  }

  static let done = Done(
    sentFrames: 3, receivedFrames: 4, digest: Hash256(hashing: [5]), receipt: [1, 2, 3], hasMoved: true,
    refused: 2,
    through: ArrivalCursor(
      store: [UInt8](repeating: 3, count: 16), arrival: 77, running: [UInt8](repeating: 4, count: 16)),
    fetches: true, hasGap: true, contents: 301, isComplete: true, receipts: [[4, 5], [6]],
    namesOwn: true,
    words: [
      WholeWord(signer: NodeID(Hash256(hashing: [7])), signing: SigningTime(term: 3, time: -1)),
      WholeWord(
        signer: NodeID(Hash256(hashing: [8])), signing: SigningTime(term: 0, time: 1_756_000_000_000)),
    ])

  static let request = AttachmentRequest(
    space: Space(division: DivisionCode("540100")!, section: .notices),
    record: RecordID(high: 0x0198_f3aa_bbcc_7001, low: 0x8123_4567_89ab_cdef), content: Hash256(hashing: [9]),
    offset: 262_144)

  /// One message of each type.
  static let all: [Message] = [
    .hello(hello()), .offer(Offer(offer(3), receipts: [[4, 5], [6]])), .held([held(points: 5)]),
    .changes(frame(batch(bodies: [[1, 2], []]), batch(2, startN: 4, bodies: [[3]]))), .acknowledge(frames: 7),
    .done(done), .failure(Failure(code: "gap", detail: "日志")),
    .joinRequest(JoinRequest(secret: [UInt8](0..<16), request: "PEM")),
    .joinAnswer(JoinAnswer(certificate: "A", authority: "B")), .attachmentRequest(request),
    .attachmentChunk(AttachmentChunk(content: request.content, offset: 262_144, data: [1, 2, 3])),
    .attachmentAbsent(AttachmentAbsent(content: request.content, offset: 262_144)),
    .attachmentsThrough(fetched: 2),
  ]
}

/// A message's content in words, to compare by.
func words(_ message: Message) -> String { "\(message)" }

/// Why a payload is refused; nil where it is taken.
func fault(_ type: UInt8, _ payload: [UInt8]) -> WireFault? {
  do throws(WireFault) {
    _ = try Message(type: type, payload: payload)
    return nil
  } catch {
    return error
  }
}
