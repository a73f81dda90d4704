import Ledger
import Replication
import Wire

let ownStore = [UInt8](repeating: 1, count: 16)
let digestA = Hash256(hashing: [1])
let digestB = Hash256(hashing: [2])

func testLog(_ number: Int) -> LogID {
  LogID(
    node: NodeID(Hash256(hashing: number.bigEndianBytes)),
    space: Space(division: DivisionCode("540100")!, section: .records), epoch: 1)
}

func hello(version: UInt64 = 1, watches: Bool = false) -> Hello {
  Hello(version: version, store: ownStore, cursor: nil, time: 0, unreceipted: [], watches: watches)
}

func batch(_ log: Int = 1, startN: UInt64 = 0, count: Int = 1) -> Batch {
  Batch(
    log: testLog(log), startN: startN, startHash: .zero, bodies: [[UInt8]](repeating: [0], count: count),
    signatures: [])
}

func frame(_ batches: Batch...) -> ChangesFrame {
  ChangesFrame(batches: batches, through: ArrivalCursor(store: ownStore, arrival: 1, running: ownStore))
}

func done(
  sent: UInt64 = 0, received: UInt64 = 0, _ digest: Hash256 = digestA, hasMoved: Bool = false,
  refused: UInt64 = 0, receipt: [UInt8] = [], hasGap: Bool = false
) -> Done {
  Done(
    sentFrames: sent, receivedFrames: received, digest: digest, receipt: receipt, hasMoved: hasMoved,
    refused: refused, hasGap: hasGap)
}

let range = OfferedRange(log: testLog(1), from: 1, to: 1, toHash: digestA)

extension Session {
  /// A step of the machine, its answer in words.
  mutating func step(_ event: Event) -> [String] { handle(event).map(words) }

  /// A session past both Hellos that has not planned yet.
  static func opened(isInitiator: Bool = true, watches: Bool = false) -> Session {
    var session = Session(isInitiator: isInitiator, watches: watches)
    _ = session.handle(.opened(hello(watches: watches)))
    _ = session.handle(.received(.hello(hello(watches: watches))))
    return session
  }

  /// A session that had nothing to send and has said Done.
  static func through(watches: Bool = false, _ digest: Hash256 = digestA) -> Session {
    var session = opened(watches: watches)
    _ = session.handle(.planned(SendPlan(offer: [])))
    _ = session.handle(.loaded(nil, isLast: true))
    _ = session.handle(.doneMade(done(digest)))
    return session
  }
}

/// An effect in words, short enough to read a history by.
func words(_ effect: Session.Effect) -> String {
  switch effect {
  case .send(let message): "send " + words(message)
  case .plan: "plan"
  case .planByHeads: "plan by heads"
  case .noteLosses(let receipts): "note losses \(receipts.count)"
  case .answer(let ranges): "answer \(ranges.count)"
  case .narrow(let held): "narrow \(held.count)"
  case .load: "load"
  case .commit(let frame): "commit \(frame.batches.count)"
  case .makeDone(let sent, let received): "make done \(sent)/\(received)"
  case .takeBack(let words, let receipts): "take back \(words.count) \(receipts.count)"
  case .keepReceipts(let all): "keep receipts \(all.map(\.count))"
  case .keepCursor(let cursor): "keep cursor \(cursor.arrival)"
  case .lookForAttachments: "look for attachments"
  case .findAttachment: "find"
  case .readChunk(let request): "read \(request.offset)"
  case .keepChunk(let asked): "keep \(asked.chunk.offset)"
  case .noteAbsent: "absent"
  case .noteMisfit: "misfit"
  case .notePeerContents(let count, let isComplete): "peer has \(count)\(isComplete ? ", all" : "")"
  case .attachmentsHandedOver(let count): "handed over \(count)"
  case .attachmentsFetched: "fetched"
  case .checkpoint(let checkpoint): "checkpoint \(checkpoint.outcome)"
  case .finish: "finish"
  case .fail(let error): "fail \(error.toldToPeer?.code ?? "peer")"
  }
}

private func words(_ message: Message) -> String {
  switch message {
  case .hello: "hello"
  case .offer(let offer): "offer \(offer.ranges.count)"
  case .held(let held): "held \(held.count)"
  case .changes: "changes"
  case .acknowledge(let frames): "ack \(frames)"
  case .done(let done): "done \(done.sentFrames)/\(done.receivedFrames)"
  case .failure(let failure): "failure \(failure.code)"
  case .joinRequest: "join request"
  case .joinAnswer: "join answer"
  case .attachmentRequest(let request): "request \(request.offset)"
  case .attachmentChunk(let chunk): "chunk \(chunk.offset) of \(chunk.data.count)"
  case .attachmentAbsent(let absent): "absent \(absent.offset)"
  case .attachmentsThrough(let fetched): "through \(fetched)"
  }
}
