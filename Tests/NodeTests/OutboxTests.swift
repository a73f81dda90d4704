import Ledger
import Testing
import Wire

@testable import Node

@Suite struct OutboxTests {
  private func piece(_ offset: UInt64) -> Message {
    .attachmentChunk(AttachmentChunk(content: .zero, offset: offset, data: [1]))
  }

  private func absent(_ offset: UInt64) -> Message {
    .attachmentAbsent(AttachmentAbsent(content: .zero, offset: offset))
  }

  private func offsets(_ messages: [Message]?) -> [UInt64] {
    (messages ?? []).map { message in
      switch message {
      case .attachmentChunk(let chunk): chunk.offset
      case .attachmentAbsent(let absent): absent.offset
      default: UInt64(1000 + Int(message.type))
      }
    }
  }

  /// Records do not stand behind pieces that were asked for before them.
  @Test func whatElseWaitsGoesBeforePiecesWhichKeepTheirOrder() {
    var outbox = Outbox()
    for message in [piece(1), absent(2), piece(3)] { outbox.append(message) }
    #expect(offsets(outbox.takeAll()) == [1])
    let cursor = ArrivalCursor(
      store: [UInt8](repeating: 0, count: 16), arrival: 0, running: [UInt8](repeating: 0, count: 16))
    outbox.append(.changes(ChangesFrame(batches: [], through: cursor)))
    outbox.append(.acknowledge(frames: 1))
    #expect(!outbox.takesChanges && outbox.takeAll() == nil)
    outbox.noteSent(nil)
    #expect(offsets(outbox.takeAll()) == [1004, 1005])
    #expect(outbox.takesChanges)
    for offset in [2, 3] as [UInt64] {
      outbox.noteSent(nil)
      #expect(offsets(outbox.takeAll()) == [offset])
    }
    #expect(!outbox.isEmpty)
    outbox.noteSent(nil)
    #expect(outbox.isEmpty)
  }

  @Test func nothingIsSaidBehindAFailure() {
    var outbox = Outbox()
    outbox.append(piece(1))
    outbox.append(.failure(Failure(code: "gap")))
    #expect(offsets(outbox.takeAll()) == [1007])
    outbox.noteSent(nil)
    #expect(outbox.takeAll() == nil && outbox.isEmpty)
  }

  /// Invariant 8: a peer that asks and does not read is not read on.
  @Test func invariant8AnswersThatNobodyTakesAreBounded() {
    var outbox = Outbox()
    while outbox.takesAnswers { outbox.append(piece(0)) }
    var count = 0
    while outbox.takeAll() != nil {
      count += 1
      outbox.noteSent(nil)
    }
    #expect(count <= 64)
  }
}
